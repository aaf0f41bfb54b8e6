"""The profile of a client: built-in and custom fields together, by their keys."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from clientctl.base import phones
from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.domain.clients import field_values, fields
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.field_types import Field
from clientctl.domain.clients.record import Client
from clientctl.domain.practice import sites, typed_days
from clientctl.errors import MissingParameterError, RefusedError, UsageError
from clientctl.store import Reader, Writer

Change = tuple[str | None, str | None]
"""The values before and after, formatted for people."""


class Details(NamedTuple):
    """Checked values for a client: columns, values of custom fields, warnings."""

    columns: dict[str, str | int | None]
    values: tuple[tuple[Field, tuple[str, ...]], ...]
    warnings: tuple[str, ...]


def parse(db: Reader, given: Mapping[str, Sequence[str]], unset: Sequence[str] = ()) -> Details:
    """Parse the values typed for fields, by key or name, and the fields to be emptied.

    Raise NotFoundError for a field that does not exist, UsageError for an invalid value.
    """
    typed: dict[str, str | None] = {}
    values: list[tuple[Field, tuple[str, ...]]] = []
    warnings: list[str] = []
    site: int | None = None
    for key, texts in [*given.items(), *((key, ()) for key in unset)]:
        found = fields.find(db, key)
        if not found.built_in:
            values.append((found, tuple(texts)))
            continue
        if len(texts) > 1:
            raise UsageError(say("{name} has one value: give it once", name=found.name))
        column = clients.COLUMN_OF[found.key]
        if column in typed:
            raise UsageError(say("{name} is given twice, or given and unset", name=found.name))
        typed[column] = texts[0] if texts else None
        if texts and found.key == "birthday":
            typed[column] = typed_days.parse(db, texts[0]).isoformat()
        if texts and found.key == "site":
            site = sites.find_open(db, texts[0]).id
        if not texts and found.required:
            raise RefusedError(say("{name} is required and can't be emptied", name=found.name))
    columns, warned = clients.normalized(db, {c: value for c, value in typed.items() if c != "site_id"})
    kept: dict[str, str | int | None] = dict(columns)
    if "site_id" in typed:
        kept["site_id"] = site
    return Details(kept, tuple(values), (*warnings, *warned))


def store(db: Writer, client_id: int, details: Details) -> dict[str, Change]:
    """Set the custom fields of a client; return what changed, by the field's name."""
    changes: dict[str, Change] = {}
    for of, texts in details.values:
        if change := field_values.set_values(db, client_id, of, texts):
            changes[of.name] = change
    return changes


def edit(db: Writer, client: Client, details: Details) -> dict[str, Change]:
    """Change a client; return what changed, by the field's name, in the order of the fields."""
    changed = clients.edit(db, client, details.columns)
    changes = store(db, client.id, details)
    names = {clients.COLUMN_OF[each.key]: each.name for each in fields.all_fields(db) if each.built_in}
    shown: dict[str, Change] = {}
    for column, (was, now) in changed.items():
        name = names.get(column, say("Client since"))
        shown[name] = (_format(db, column, was), _format(db, column, now))
    return {**shown, **changes}


def check_complete(db: Reader, client_id: int) -> None:
    """Raise UsageError when a client added by hand lacks a required field."""
    missing = field_values.missing(db, client_id)
    if missing:
        how = " ".join(f"--field {each.key}=…" for each in missing)
        message = say("{name} required: give {how}", name=", ".join(each.name for each in missing), how=how)
        raise MissingParameterError(message, "--field", before=f"{missing[0].key}=")


# -- as a text, for an editor ------------------------------------------------------------------


def to_text(db: Reader, client: Client) -> str:
    """Return all fields of a client as lines of ``key: value``, for a text editor."""
    lines = [
        say("# {name} ({id}). One field per line; an empty value empties the field.", name=client.name, id=client.id),
        say("# A field of several choices has a line for each. Lines that begin with a space continue the one before."),
    ]
    stored = client._asdict()
    for each in fields.all_fields(db):
        if each.built_in:
            value = stored[clients.COLUMN_OF[each.key]]
            texts = [_site_name(db, value) if each.key == "site" else value] if value else [""]
        else:
            texts = field_values.typed(db, client.id, each) or [""]
        lines += [f"{each.key}: {str(text).replace(chr(10), chr(10) + ' ')}".rstrip() for text in texts]
    return "\n".join(lines) + "\n"


def from_text(db: Reader, text: str) -> tuple[dict[str, list[str]], list[str]]:
    """Parse an edited text into the values by key, and the keys that are empty. Raise UsageError for any other line."""
    given: dict[str, list[str]] = {}
    last: list[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            continue
        if line.startswith((" ", "\t")) and last:
            last[-1] += f"\n{line[1:]}"
            continue
        key, colon, value = line.partition(":")
        if not colon:
            if line.strip():
                raise UsageError(
                    say("line {number} is not a field: {line}: write key: value", number=number, line=quoted(line))
                )
            continue
        last = given.setdefault(fields.find(db, key.strip(), exactly=True).key, [])
        last.append(value.strip())
    filled = {key: [value for value in values if value.strip()] for key, values in given.items()}
    return {key: values for key, values in filled.items() if values}, [
        key for key, values in filled.items() if not values
    ]


def changed_lines(text: str, before: str) -> str:
    """Return the lines of the fields that differ from those in an earlier text."""
    old, new = _lines_by_key(before), _lines_by_key(text)
    return "\n".join(line for key, lines in new.items() if lines != old.get(key) for line in lines)


def _lines_by_key(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    last: list[str] | None = None
    for line in text.splitlines():
        if line.startswith((" ", "\t")) and last:
            last.append(line)
        elif not line.startswith("#"):
            last = found.setdefault(line.partition(":")[0].strip(), [])
            last.append(line)
    return found


def _site_name(db: Reader, site_id: object) -> str | None:
    found: str | None = db.value("SELECT name FROM sites WHERE id = ?", (int(str(site_id)),)) if site_id else None
    return found


def _format(db: Reader, column: str, value: object) -> str | None:
    """Format a value of a client's column for people."""
    if column == "site_id" or value is None:
        return _site_name(db, value)
    return phones.format_for_people(str(value)) if column == "phone" else str(value)
