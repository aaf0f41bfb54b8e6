"""Labels, custom and automatic ones, and the clients who have them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from clientctl.base import text
from clientctl.base.listing import Card
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.shared import by_name, client_sql, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import AmbiguousError, NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer
from clientctl.store.array_parameters import AMONG, json_array

_SALES = frozenset({"package sell", "billing run", "import csv", "import xlsx"})
"""Commands that attach a plan's label when they sell it, in addition to those for memberships."""

KINDS = ("custom", "plan", "service", "contacted-me")

SOURCE = Source(
    plural="labels",
    fields=dict(
        (
            field("id", "Id", "l.id", "integer"),
            field("name", "Name", "l.name", order="l.name_key"),
            field("kind", "Kind", "l.kind"),
            field(
                "clients",
                "Clients",
                f"""(SELECT count(*) FROM client_labels cl JOIN clients c ON c.id = cl.client_id
                    WHERE cl.label_id = l.id AND {client_sql.LISTED})""",
                "integer",
            ),
        )
    ),
    origin="labels l",
    shown=("id", "name", "kind", "clients"),
    number="id",
    order=("l.name_key", "l.id"),
)


class Label(NamedTuple):
    """One label."""

    id: int
    kind: str
    name: str
    plan_id: int | None

    @property
    def exact(self) -> str:
        """Return the name with the kind, which no other label has."""
        return f"{self.kind}:{self.name}"


def like(wanted: str) -> list[Where]:
    """Filter by names that contain a text; without a letter or digit, none match."""
    return [Where("instr(l.name_key, nullif(:label, '')) > 0", {"label": text.fold(wanted)})]


def get(db: Reader, label_id: int) -> Label:
    """Fetch a label by id."""
    return Label(*(db.row("SELECT id, kind, name, plan_id FROM labels WHERE id = ?", (label_id,)) or ()))


def card(db: Reader, label_id: str) -> Card:
    """Return a label as a record to show."""
    return queries.card(db, SOURCE, Where("l.id = :record", {"record": int(label_id)}))


def find(db: Reader, name: str, *, exactly: bool = False) -> Label:
    """Find a label by name or, unless ``exactly``, its beginning; ``plan:Yoga`` is one kind only.

    Raise NotFoundError, or AmbiguousError when labels of several kinds have the name, or several names begin with it.
    """
    found = _find_all(db, name, exactly=exactly)
    if not found:
        adds = (
            "" if _split_exact(name)[0] else say(", `clientctl label add {name}` adds one", name=text.name_word(name))
        )
        raise NotFoundError(
            say("no label {name}: `clientctl label list` lists them{adds}", name=text.quoted(name), adds=adds)
        )
    if len({text.fold(label.name) for label in found}) > 1:
        raise by_name.ambiguous_error(name, [label.exact for label in found])
    if len(found) > 1:
        exact = " or ".join(label.exact for label in found)
        raise AmbiguousError(
            say("several labels are named {name}: use {exact}", name=text.quoted(name), exact=exact),
            [label.exact for label in found],
        )
    return found[0]


def find_or_add(db: Writer, name: str) -> Label:
    """Find a label by name, or add a custom one."""
    return found_or_made(db, name)[0]


def found_or_made(db: Writer, name: str) -> tuple[Label, bool]:
    """Find a label by name, or add a custom one; return it and whether it was added."""
    try:
        return find(db, name, exactly=True), False
    except NotFoundError:
        return _make(db, name), True


def is_known(db: Reader, name: str) -> bool:
    """Return whether a label with a name exists."""
    return bool(by_name.find_all(db, "labels", _split_exact(name)[1], exactly=True))


def check_name(db: Reader, name: str) -> None:
    """Check that a name is that of one label, or is valid for a new one. Raise AmbiguousError, UsageError."""
    try:
        find(db, name, exactly=True)
    except NotFoundError:
        _check_name(db, name)


def add(db: Writer, name: str) -> Label:
    """Add a custom label. Raise RefusedError when one with that name exists."""
    made = _make(db, name)
    db.note_number(str(made.id))
    return made


def _make(db: Writer, name: str) -> Label:
    kept, key = _check_name(db, name)
    return Label(db.insert("labels", kind="custom", name=kept, name_key=key), "custom", kept, None)


def rename(db: Writer, label: Label, name: str) -> Label:
    """Rename a custom label. Raise RefusedError for an automatic one or a name that is taken."""
    _check_custom(label, say("renamed: it follows the name of what it stands for"))
    kept, key = _check_name(db, name, but=label.id)
    db.update("labels", label.id, name=kept, name_key=key)
    db.note_number(str(label.id))
    return label._replace(name=kept)


def remove(db: Writer, label: Label) -> int:
    """Delete a custom label; return how many clients had it. Raise RefusedError for an automatic one."""
    check_removable(label)
    holders = db.rows("SELECT id, client_id FROM client_labels WHERE label_id = ?", (label.id,))
    for row_id, _ in holders:
        db.delete("client_labels", row_id)
    clients.move(db, [client_id for _, client_id in holders])
    for (note_id,) in db.rows("SELECT id FROM notes WHERE label_id = ?", (label.id,)):
        db.update("notes", note_id, label_id=None)
    db.delete("labels", label.id)
    db.note_number(str(label.id))
    return len(holders)


def check_removable(label: Label) -> None:
    """Raise RefusedError for an automatic label."""
    _check_custom(label, say("removed: detach it from clients instead"))


def holders(db: Reader, label: Label) -> int:
    """Count the clients who have a label."""
    return int(db.value("SELECT count(*) FROM client_labels WHERE label_id = ?", (label.id,)))


def attach(db: Writer, client_ids: Sequence[int], attached: Sequence[Label]) -> list[tuple[int, Label]]:
    """Attach labels to clients by hand; return the pairs that are new."""
    new = [(c, label) for c in client_ids for label in dict.fromkeys(attached) if _row(db, c, label) is None]
    for client_id, label in new:
        db.insert("client_labels", client_id=client_id, label_id=label.id)
    clients.move(db, {client_id for client_id, _ in new})
    db.note_number(*map(str, client_ids))
    return new


def detach(db: Writer, client_ids: Sequence[int], detached: Sequence[Label]) -> list[tuple[int, Label]]:
    """Detach labels from clients by hand; return the pairs that were removed."""
    rows = [(c, label, _row(db, c, label)) for c in client_ids for label in dict.fromkeys(detached)]
    gone = [(client_id, label, row_id) for client_id, label, row_id in rows if row_id is not None]
    for _, _, row_id in gone:
        db.delete("client_labels", row_id)
    clients.move(db, {client_id for client_id, _, _ in gone})
    db.note_number(*map(str, client_ids))
    return [(client_id, label) for client_id, label, _ in gone]


def set_exactly(
    db: Writer, client_ids: Sequence[int], wanted: Sequence[Label]
) -> tuple[list[tuple[int, Label]], list[tuple[int, Label]]]:
    """Set the custom labels of clients; return the pairs that were attached, and those detached.

    Automatic labels are only added, never detached.
    """
    attached = attach(db, client_ids, wanted)
    detached = []
    for client_id in client_ids:
        extra = [label for label in of_client(db, client_id) if label.kind == "custom" and label not in wanted]
        if extra:
            detached += detach(db, [client_id], extra)
    return attached, detached


def of_client(db: Reader, client_id: int) -> list[Label]:
    """List a client's labels by name."""
    rows = db.rows(
        """SELECT l.id, l.kind, l.name, l.plan_id FROM client_labels cl JOIN labels l ON l.id = cl.label_id
           WHERE cl.client_id = ? ORDER BY l.name_key, l.id""",
        (client_id,),
    )
    return [Label(*row) for row in rows]


def rename_automatic(db: Writer, kind: str, of: int, name: str) -> int | None:
    """Rename the automatic label of a plan or service after it; return its id, None if no client ever got it."""
    row = db.row(f"SELECT id, name FROM labels WHERE {kind}_id = ?", (of,))
    if row is None:
        return None
    if row[1] != name:
        db.update("labels", row[0], name=name, name_key=text.fold(name))
    return int(row[0])


def attach_automatic(db: Writer, kind: str, of: int, name: str, client_ids: Iterable[int]) -> None:
    """Attach the label of a plan or service to clients, which does not move them in the list."""
    label_id = rename_automatic(db, kind, of, name)
    if label_id is None:
        label_id = db.insert("labels", kind=kind, name=name, name_key=text.fold(name), **{f"{kind}_id": of})
    attach_to_many(db, label_id, client_ids)


def detach_plan(db: Writer, plan_id: int, client_id: int, membership_id: int) -> None:
    """Detach a plan's label from the client of a membership that was corrected and never was on the plan.

    Keep it when the client has another membership or a package of the plan, now or in the past, or no sale attached it.
    """
    row = db.row(
        """SELECT cl.id, (SELECT k.name FROM client_labels_log f JOIN commands k ON k.id = f.command_id
               WHERE f.id = cl.id ORDER BY f.seq LIMIT 1)
           FROM client_labels cl JOIN labels l ON l.id = cl.label_id
           WHERE l.plan_id = :plan AND cl.client_id = :client
           AND NOT EXISTS (SELECT 1 FROM packages k WHERE k.client_id = :client AND k.plan_id = :plan)
           AND NOT EXISTS (SELECT 1 FROM memberships m JOIN memberships_log f ON f.id = m.id
               WHERE m.client_id = :client AND m.id <> :membership AND f.plan_id = :plan)""",
        {"plan": plan_id, "client": client_id, "membership": membership_id},
    )
    if row and (row[1] in _SALES or str(row[1]).startswith("membership ")):
        db.delete("client_labels", row[0])


def attach_to_many(db: Writer, label_id: int, client_ids: Iterable[int]) -> set[int]:
    """Attach a label to many clients at once, without moving them in the list; return those for whom it is new."""
    ids = list(dict.fromkeys(client_ids))
    rows = db.rows(
        f"SELECT client_id FROM client_labels WHERE label_id = ? AND client_id IN {AMONG}", (label_id, json_array(ids))
    )
    new = set(ids) - {row[0] for row in rows}
    db.insert_many("client_labels", ({"client_id": each, "label_id": label_id} for each in ids if each in new))
    return new


def _split_exact(name: str) -> tuple[str | None, str]:
    """Split an exact name, ``plan:Yoga``, into kind and name; None is any kind."""
    kind, colon, rest = name.partition(":")
    return (kind, rest) if colon and kind in KINDS else (None, name)


def _find_all(db: Reader, name: str, *, exactly: bool) -> list[Label]:
    kind, rest = _split_exact(name)
    among = "kind = :kind" if kind else "1"
    found = by_name.find_all(db, "labels", rest, exactly=exactly, among=among, values={"kind": kind})
    return sorted((get(db, each) for each, _ in found), key=lambda label: label.kind)


def _row(db: Reader, client_id: int, label: Label) -> int | None:
    found: int | None = db.value(
        "SELECT id FROM client_labels WHERE client_id = ? AND label_id = ?", (client_id, label.id)
    )
    return found


def _check_custom(label: Label, why: str) -> None:
    if label.kind != "custom":
        raise RefusedError(say("the label {exact} is automatic and can't be {why}", exact=label.exact, why=why))


def _check_name(db: Reader, name: str, but: int | None = None) -> tuple[str, str]:
    kept, key = text.parse_name(name, say("a label"))
    if _split_exact(kept)[0]:
        raise UsageError(
            say(
                "{kept} names a label of its kind exactly: choose a name without that beginning", kept=text.quoted(kept)
            )
        )
    if db.row("SELECT 1 FROM labels WHERE kind = 'custom' AND name_key = ? AND id IS NOT ?", (key, but)):
        raise RefusedError(
            say("the label {kept} already exists: attach it, or choose another name", kept=text.quoted(kept))
        )
    return kept, key
