"""Filters of clients, the same for every command.

Several values of one option are alternatives; all options must match. ``--where`` filters by any field, built in
or the owner's, with the operators of its type. Whatever is typed becomes a parameter of the SQL, never a part of it.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, get_args, get_origin

from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.domain.clients.client_columns import LAST_CONSENT
from clientctl.domain.memberships.status import LIVE_OR_UPCOMING
from clientctl.domain.overview import client_columns
from clientctl.domain.overview.client_rows import Parameters, build_each_has_row, build_has_row
from clientctl.domain.shared import client_sql
from clientctl.domain.shared.queries import Where
from clientctl.errors import UsageError
from clientctl.store import Reader


class ClientFilter(NamedTuple):
    """One filter of clients. It has the ids of records, so that a saved filter stays valid when they are renamed.

    ``member`` is whether there is a live or upcoming membership; ``since`` is a range of days as typed, so that
    ``this-month`` is evaluated anew; with ``archived`` only archived clients match; ``segments`` are saved filters
    that must match too.
    """

    text: str | None = None
    labels: tuple[int, ...] = ()
    not_labels: tuple[int, ...] = ()
    preferences: tuple[int, ...] = ()
    plans: tuple[int, ...] = ()
    member: bool | None = None
    site: int | None = None
    status: tuple[str, ...] = ()
    since: str | None = None
    archived: bool = False
    where: tuple[str, ...] = ()
    segments: tuple[int, ...] = ()


def build_conditions(db: Reader, client_filter: ClientFilter) -> list[Where]:
    """Convert a filter to conditions on ``c`` (clients), without its search text, which the list handles.

    Raise UsageError for an unknown field or operator, listing the known ones.
    """
    parameters = Parameters()
    sql = _combine(db, client_filter, parameters, ())
    return [Where(sql, parameters.values)]


def to_text(client_filter: ClientFilter) -> str:
    """Encode a filter as JSON, to be saved: only what differs from an empty filter."""
    import json

    changed = {
        key: value for key, value in client_filter._asdict().items() if value != ClientFilter._field_defaults[key]
    }
    return json.dumps(changed, ensure_ascii=False, sort_keys=True)


def from_text(saved: str) -> ClientFilter:
    """Decode a saved filter."""
    values: dict[str, Any] = {}
    for key, value in _load(saved).items():
        values[key] = tuple(value) if isinstance(value, list) else value
    return ClientFilter(**values)


def _load(saved: str) -> Any:  # noqa: ANN401 - as JSON gives it
    """Load the JSON of a filter; older ones have one status, not several."""
    import json

    loaded = json.loads(saved)
    if isinstance(loaded, dict) and isinstance(loaded.get("status"), str):
        loaded["status"] = [loaded["status"]]
    return loaded


def check_saved(saved: str) -> None:
    """Raise UsageError for a text that ``to_text`` can't have written."""
    from typing import get_type_hints

    try:
        loaded = _load(saved)
    except (ValueError, RecursionError):
        loaded = None
    hints = get_type_hints(ClientFilter)
    if not isinstance(loaded, dict) or not all(
        key in hints and _has_type(value, hints[key]) for key, value in loaded.items()
    ):
        raise UsageError(say("{saved} is not a saved filter", saved=quoted(saved)))


def _has_type(value: object, hint: Any) -> bool:  # noqa: ANN401 - a type as it is written
    """Return whether a value from JSON has a type; numbers are ids."""
    kinds = get_args(hint) or (hint,)
    if get_origin(hint) is tuple:
        return isinstance(value, list) and all(_has_type(each, kinds[0]) for each in value)
    return type(value) in kinds and not (type(value) is int and not 0 < value < 2**53)


def _combine(db: Reader, client_filter: ClientFilter, parameters: Parameters, within: tuple[int, ...]) -> str:
    """Combine all parts of a filter; ``within`` are the segments that it is a part of."""
    listed = client_sql.ARCHIVED if client_filter.archived else client_sql.LISTED
    parts = [listed]
    if client_filter.labels:
        parts.append(_build_labels(db, parameters, client_filter.labels))
    if client_filter.not_labels:
        parts.append(f"NOT {_build_labels(db, parameters, client_filter.not_labels)}")
    if client_filter.preferences:
        test = f"k.preference_id IN ({parameters.names(client_filter.preferences)}) AND k.opted_in AND {LAST_CONSENT}"
        parts.append(build_has_row(db, parameters, "consents k", test))
    if client_filter.plans or client_filter.member is not None:
        parts.append(_build_membership(db, parameters, client_filter))
    if client_filter.site is not None:
        parts.append(f"c.site_id = {parameters.name(client_filter.site)}")
    if client_filter.status:
        parts.append(f"({client_columns.STATUS} IN ({parameters.names(client_filter.status)}))")
    if client_filter.since is not None or client_filter.where:
        from clientctl.domain.overview import field_conditions

        if client_filter.since is not None:
            parts.append(field_conditions.build_client_since(client_filter.since, db, parameters))
        parts += [field_conditions.parse_condition(db, each, parameters) for each in client_filter.where]
    for segment in client_filter.segments:
        parts.append(_build_segment(db, segment, parameters, within))
    return " AND ".join(f"({part})" for part in parts)


def _build_segment(db: Reader, segment: int, parameters: Parameters, within: tuple[int, ...]) -> str:
    name, saved = db.row("SELECT name, filter FROM segments WHERE id = ?", (segment,)) or (None, None)
    if saved is None or segment in within:
        raise UsageError(
            say("the segment {name} can't be used: it was removed, or it contains itself", name=name or segment)
        )
    client_filter = from_text(saved)
    inside = _combine(db, client_filter, parameters, (*within, segment))
    if client_filter.text:
        from clientctl.store.search import search

        found = search(client_filter.text)
        names = {name: parameters.name(value) for name, value in found.values.items()}
        stages = [_rename_parameters(stage.condition, names) for stage in found.stages]
        tests = " OR ".join(f"({stage})" for stage in stages) or "0"
        inside += f" AND c.id IN (SELECT s.id FROM client_search s WHERE {tests})"
    return inside


def _rename_parameters(sql: str, names: dict[str, str]) -> str:
    import re

    return re.sub(r":(\w+)", lambda match: names[match[1]], sql)


def _build_labels(db: Reader, parameters: Parameters, wanted: Sequence[int]) -> str:
    return build_has_row(db, parameters, "client_labels cl", f"cl.label_id IN ({parameters.names(wanted)})")


def _build_membership(db: Reader, parameters: Parameters, client_filter: ClientFilter) -> str:
    if client_filter.plans:
        on = f"m.plan_id IN ({parameters.names(client_filter.plans)}) AND {LIVE_OR_UPCOMING}"
        # Because of the plus, SQLite uses the index of the client, not that of the plan.
        has = build_has_row(db, parameters, "memberships m", on, f"+{on}")
    else:
        has = build_each_has_row("memberships m", LIVE_OR_UPCOMING)
    return f"NOT {has}" if client_filter.member is False else has
