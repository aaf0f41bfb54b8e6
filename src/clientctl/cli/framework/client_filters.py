"""The clients that a command is about, chosen by filters or by name."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.overview import client_list
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.practice import settings
from clientctl.errors import MissingParameterError, UsageError
from clientctl.store import Reader

if TYPE_CHECKING:
    from clientctl.domain.clients.record import Client


def build_filter(db: Reader, session: Session, text: Sequence[str] | None = None) -> ClientFilter:
    """Return the filter that the options describe, at the site of the setting unless one is given or ``all``."""
    if session.member and session.no_member:
        raise UsageError(say("--member and --no-member don't go together: give one of them"))
    site = session.site or settings.get(db, "site")
    return ClientFilter(
        text=" ".join(text or ()) or None,
        labels=_labels(db, session.label),
        not_labels=_labels(db, session.not_label),
        preferences=_preferences(db, session.opted_in),
        plans=_plans(db, session.on_plan),
        member=True if session.member else False if session.no_member else None,
        site=_site(db, site) if site and site != "all" else None,
        status=tuple(session.status),
        since=session.since,
        archived=session.archived,
        where=tuple(session.where),
        segments=_segments(db, session.segment),
    )


# The nouns of filters that were not given are not imported.


def _labels(db: Reader, names: Sequence[str]) -> tuple[int, ...]:
    if not names:
        return ()
    from clientctl.domain.clients import labels

    return tuple(labels.find(db, name).id for name in names)


def _preferences(db: Reader, names: Sequence[str]) -> tuple[int, ...]:
    if not names:
        return ()
    from clientctl.domain.clients import preferences

    return tuple(preferences.find(db, name).id for name in names)


def _plans(db: Reader, names: Sequence[str]) -> tuple[int, ...]:
    if not names:
        return ()
    from clientctl.domain.offers import plans

    return tuple(plans.find(db, name).id for name in names)


def _site(db: Reader, name: str) -> int:
    from clientctl.domain.practice import sites

    return sites.find(db, name).id


def _segments(db: Reader, names: Sequence[str]) -> tuple[int, ...]:
    if not names:
        return ()
    from clientctl.domain.overview import segments

    return tuple(segments.find(db, name).id for name in names)


def parse_selectors(typed: Sequence[str] | None) -> list[str] | None:
    """Return the selectors, None when there are none; standard input without an id gives an empty list."""
    return runner.read_selectors(typed) if typed else None


def is_filtered(db: Reader, session: Session, text: Sequence[str] | None = None) -> bool:
    """Return whether any filter was given; the setting's site does not count."""
    return bool(session.site) or ClientFilter() != build_filter(db, session, text)._replace(site=None)


def find_clients(
    db: Reader,
    session: Session,
    selectors: Sequence[str] | None,
    find: "Callable[[Reader, Sequence[str]], list[Client]] | None" = None,
) -> "list[Client]":
    """Find the clients that are named, or those that filters choose. Raise UsageError for both or neither."""
    from clientctl.domain.clients.selectors import clients_named

    filtered = ClientFilter() != build_filter(db, session)._replace(site=None)
    if (selectors is not None) == filtered:
        which = say("which clients? name them, or choose them with --where or --segment, not both")
        raise UsageError(which) if filtered else MissingParameterError(which, "CLIENT")
    if selectors is not None:
        return (find or clients_named)(db, selectors)
    return clients_named(db, [f"id:{each}" for each in client_list.list_ids(db, build_filter(db, session))])
