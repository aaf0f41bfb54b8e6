"""Sites: the places of business."""

from typing import NamedTuple

from clientctl.base import text
from clientctl.base.listing import Card
from clientctl.base.words import say
from clientctl.domain.practice import settings
from clientctl.domain.shared import archiving, by_name, client_sql, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

EVERY = "all"
"""The value of ``--site`` that stands for all sites, whatever the setting."""

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
    """Return the card of a site."""
    return queries.card(db, SOURCE, Where("w.id = :record", {"record": int(number)}))


def find(db: Reader, name: str, *, exactly: bool = False) -> Site:
    """Find a site by name or, unless ``exactly``, its beginning. Raise NotFoundError."""
    found = by_name.find_id(db, "sites", name, exactly=exactly)
    row = db.row("SELECT id, name, archived_on FROM sites WHERE id = ?", (found,))
    if row is None:
        raise NotFoundError(
            say(
                "no site {name}: `clientctl site list` lists them, `clientctl site add {typed}` adds it",
                name=text.quoted(name),
                typed=text.name_word(name),
            )
        )
    return Site(*row)


def find_open(db: Reader, name: str, *, exactly: bool = False) -> Site:
    """Find a site that is in use. Raise RefusedError for an archived one."""
    site = find(db, name, exactly=exactly)
    if site.archived_on:
        raise RefusedError(
            say(
                "the site {name} was archived on {archived_on}: `clientctl site restore {site_name}` brings it back",
                name=site.name,
                archived_on=site.archived_on,
                site_name=text.word(site.name),
            )
        )
    return site


def add(db: Writer, name: str) -> Site:
    """Add a site. Raise RefusedError when the name is taken."""
    name, key = _parse_name(db, name)
    site_id = db.insert("sites", name=name, name_key=key)
    db.note_number(str(site_id))
    return Site(site_id, name, None)


def rename(db: Writer, site: Site, name: str) -> Site:
    """Rename a site; the setting ``site`` follows."""
    name, key = _parse_name(db, name, but=site.id)
    default = _is_default(db, site)
    db.update("sites", site.id, name=name, name_key=key)
    if default:
        settings.put(db, "site", name)
    db.note_number(str(site.id))
    return site._replace(name=name)


def archive(db: Writer, site: Site) -> bool:
    """Archive a site; return whether it was in use. Raise RefusedError for the setting's."""
    if not site.archived_on and _is_default(db, site):
        raise RefusedError(
            say(
                "{name} is the site of the setting site: `clientctl config set site --default` resets it",
                name=site.name,
            )
        )
    return archiving.archive(db, "sites", site.id, site.archived_on)


def restore(db: Writer, site: Site) -> bool:
    """Restore a site; return whether it was archived."""
    return archiving.restore(db, "sites", site.id, site.archived_on)


def _is_default(db: Reader, site: Site) -> bool:
    return text.fold(settings.get(db, "site") or "") == text.fold(site.name)


def _parse_name(db: Reader, typed: str, but: int | None = None) -> tuple[str, str]:
    """Return a name and its key. Raise UsageError, or RefusedError when another site has it."""
    name, key = text.parse_name(typed, say("a site"))
    if key == EVERY:
        raise UsageError(
            say(
                "{typed} is not a name for a site: --site {every} means every site",
                typed=text.quoted(typed),
                every=EVERY,
            )
        )
    if db.row("SELECT 1 FROM sites WHERE name_key = ? AND id IS NOT ?", (key, but)):
        raise RefusedError(say("the site {name} already exists: choose another name", name=text.quoted(name)))
    return name, key
