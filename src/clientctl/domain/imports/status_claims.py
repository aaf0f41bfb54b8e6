"""Compare the status of memberships in a file with their computed status; suspend those that differ."""

from collections.abc import Mapping
from typing import NamedTuple

from clientctl.base.import_records import RowNote
from clientctl.base.row_notes import ODD_STATUS, STATUS, Notes
from clientctl.base.text import quoted
from clientctl.domain.memberships import pauses
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships import status as membership_status
from clientctl.errors import RefusedError
from clientctl.store import Writer
from clientctl.store.array_parameters import AMONG_IDS, json_array

ENDING = "ending"
"""What a file says of a membership that was cancelled and goes on to the end of its period."""

_STANDS = {
    "active": "live",
    "needs-attention": "live",
    "paused": "live",
    "upcoming": "upcoming",
    "expired": "over",
    "cancelled": "over",
}


class Claim(NamedTuple):
    """The status of a membership in a row, as our word if it was recognized, and who the row is about.

    Our words are those of ``lifecycle`` and ``ENDING``.
    """

    line: int
    who: str
    status: str


class Claims:
    """The statuses of memberships in one import; ``holds`` suspends those that differ."""

    def __init__(self, db: Writer, notes: Notes, file: str, *, holds: bool) -> None:
        self._db, self._notes, self._file, self._holds = db, notes, file, holds

    def compare(self, claims: Mapping[int, Claim]) -> set[int]:
        """Compare the statuses of memberships, by their ids; note differences by line. Return those suspended."""
        known = {ENDING, *membership_status.STATUSES}
        odd = [each for each in claims.values() if each.status not in known]
        self._notes.add(sorted(RowNote(each.line, ODD_STATUS, each.who, quoted(each.status)) for each in odd))
        differing: list[RowNote] = []
        held: set[int] = set()
        sql = f"SELECT m.id, {membership_status.STATUS}, m.ends_on FROM memberships m WHERE m.id IN {AMONG_IDS}"
        ids = json_array(each for each, claim in claims.items() if claim.status in known)
        for membership_id, status, ends_on in self._db.rows(sql, {"ids": ids, "today": self._db.today.isoformat()}):
            claim = claims[membership_id]
            if _agree(claim.status, status, ends_on):
                continue
            what = f"M-{membership_id} is {status} here, {_quote_status(claim.status)} in the file"
            if self._holds and _STANDS[status] != "over":
                became, is_held = self._hold(membership_id, claim.status)
                what += became
                held |= {membership_id} if is_held else set()
            differing.append(RowNote(claim.line, STATUS, claim.who, what))
        self._notes.add(sorted(differing))
        return held

    def _hold(self, membership_id: int, said: str) -> tuple[str, bool]:
        """Suspend a membership for checking; return what was done, and whether anything is new."""
        membership = memberships.get(self._db, membership_id)
        if any(each.resumes_on is None for each in memberships.pauses(self._db, membership_id)):
            return "; it is suspended already", False
        reason = f"{_quote_status(said)} in {self._file}"
        try:
            pauses.suspend(self._db, membership, reason=reason, bills_first=False)
        except RefusedError as error:
            return f"; not suspended: {error.message}", False
        return f"; suspended from {max(self._db.today, membership.starts_on)} on", True


def _agree(said: str, status: str, ends_on: str | None) -> bool:
    """Return whether a status in a file matches the one here, as far as their effects are the same.

    A paused one that is not paused here would be billed, and so would one without an end that was cancelled. What
    says that it is cancelled already is a fact.
    """
    if said == "cancelled":
        return True
    if said == "paused":
        return status == said
    if said == ENDING:
        return ends_on is not None or _STANDS[status] == "over"
    return _STANDS[said] == _STANDS[status]


def _quote_status(status: str) -> str:
    return "cancelled at the end of a period that is not given" if status == ENDING else status
