"""Keep sites: the places of business."""

from typing import NamedTuple

from clientctl.base import text
from clientctl.base.listing import Card
from clientctl.domain.practice import settings
from clientctl.domain.shared import archiving, by_name, client_sql, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

EVERY = "all"
"""What ``--site`` takes in a site's place to lift the default."""

SOURCE = Source(
    plural="sites",
    fields=dict(
        (
            field("id", "Id", "w.id", "integer"),
            field("name", "Name", "w.name", order="w.name_key"),
            field(
                "clients",
                "Clients",
                f"(SELECT count(*) FROM clients c WHERE c.site_id = w.id AND {client_sql.LISTED})",
                "integer",
            ),
            field("archived", "Archived", "w.archived_on", "day"),
        )
    ),
    origin="sites w",
    shown=("id", "name", "clients"),
    number="id",
    order=("w.name_key", "w.id"),
)


class Site(NamedTuple):
    """One site."""

    id: int
    name: str
    archived_on: str | None


def card(db: Reader, number: str) -> Card:
    """Show a site."""
    return queries.card(db, SOURCE, Where("w.id = :record", {"record": int(number)}))


def find(db: Reader, name: str, *, exactly: bool = False) -> Site:
    """Find a site by name or, unless ``exactly``, its beginning. Raise NotFoundError when there is none."""
    found = by_name.id_of(db, "sites", name, exactly=exactly)
    row = db.row("SELECT id, name, archived_on FROM sites WHERE id = ?", (found,))
    if row is None:
        raise NotFoundError(
            f"no site {text.quoted(name)}: `clientctl site list` shows those there are,"
            f" `clientctl site add {text.name_word(name)}` makes one"
        )
    return Site(*row)


def find_open(db: Reader, name: str, *, exactly: bool = False) -> Site:
    """Find a site in use. Raise RefusedError when it is archived."""
    site = find(db, name, exactly=exactly)
    if site.archived_on:
        raise RefusedError(
            f"the site {site.name} is archived since {site.archived_on}:"
            f" `clientctl site restore {text.word(site.name)}` brings it back"
        )
    return site


def add(db: Writer, name: str) -> Site:
    """Make a site. Raise RefusedError when the name is taken."""
    kept, key = _checked(db, name)
    site_id = db.insert("sites", name=kept, name_key=key)
    db.note_number(str(site_id))
    return Site(site_id, kept, None)


def rename(db: Writer, site: Site, name: str) -> Site:
    """Rename a site; the setting ``site`` follows."""
    kept, key = _checked(db, name, but=site.id)
    default = _is_default(db, site)
    db.update("sites", site.id, name=kept, name_key=key)
    if default:
        settings.put(db, "site", kept)
    db.note_number(str(site.id))
    return site._replace(name=kept)


def archive(db: Writer, site: Site) -> bool:
    """Take a site out of use; say whether that is new. Raise RefusedError for the lists' default."""
    if not site.archived_on and _is_default(db, site):
        raise RefusedError(
            f"the setting site makes {site.name} the lists' default: `clientctl config set site --default` ends that"
        )
    return archiving.archive(db, "sites", site.id, site.archived_on)


def restore(db: Writer, site: Site) -> bool:
    """Use a site again; say whether that is new."""
    return archiving.restore(db, "sites", site.id, site.archived_on)


def _is_default(db: Reader, site: Site) -> bool:
    return text.fold(settings.get(db, "site") or "") == text.fold(site.name)


def _checked(db: Reader, name: str, but: int | None = None) -> tuple[str, str]:
    kept, key = text.parse_name(name, "a site")
    if key == EVERY:
        raise UsageError(f"{text.quoted(name)} is not a name for a site: --site {EVERY} means every site")
    if db.row("SELECT 1 FROM sites WHERE name_key = ? AND id IS NOT ?", (key, but)):
        raise RefusedError(f"there is a site {text.quoted(kept)} already: choose another name, or edit it")
    return kept, key
