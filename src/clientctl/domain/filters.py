"""Choose clients: the one set of filters behind every command that takes some."""

from collections.abc import Sequence
from typing import NamedTuple

from clientctl.domain import clients
from clientctl.domain.labels import Label
from clientctl.domain.lifecycle import LIVE_OR_UPCOMING
from clientctl.domain.lists import Where


class ClientFilter(NamedTuple):
    """What is asked of clients. Within one part any will do, across the parts all must hold.

    ``member`` asks for a live or upcoming membership, or for none; ``archived`` shows the
    archived ones, and only them.
    """

    labels: Sequence[Label] = ()
    not_labels: Sequence[Label] = ()
    member: bool | None = None
    archived: bool = False


def conditions(chosen: ClientFilter) -> list[Where]:
    """Turn a filter into conditions on ``c`` (clients)."""
    listed = "c.archived_on IS NOT NULL AND c.erased_on IS NULL" if chosen.archived else clients.LISTED
    result = [Where(listed)]
    if chosen.labels:
        result.append(_labelled("label", chosen.labels))
    if chosen.not_labels:
        without = _labelled("not_label", chosen.not_labels)
        result.append(Where(f"NOT {without.sql}", without.values))
    if chosen.member is not None:
        has = f"EXISTS (SELECT 1 FROM memberships m WHERE m.client_id = c.id AND {LIVE_OR_UPCOMING})"
        result.append(Where(has if chosen.member else f"NOT {has}"))
    return result


def _labelled(name: str, wanted: Sequence[Label]) -> Where:
    values = {f"{name}{position}": label.id for position, label in enumerate(wanted)}
    marks = ", ".join(f":{key}" for key in values)
    return Where(
        f"EXISTS (SELECT 1 FROM client_labels cl WHERE cl.client_id = c.id AND cl.label_id IN ({marks}))",
        values,
    )
