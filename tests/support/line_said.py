"""A line of memberships in plain Python: it applies moves, and computes the days.

A line is what was said, each with the day it was said: the sale, the renewals, every other move. A correction changes
what was said, and the line is worked out anew: what is corrected is as if it had been said so from the start.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile
from typing import Any

from line_days import (
    DAY,
    Member,
    Pause,
    Rate,
    Segment,
    UnsureError,
    add_length,
    first_segments,
    is_step,
    last_day_of,
    settle,
    successor_of,
)


@dataclass
class StatedMove:
    """A move on a day, of the member at a place in the line."""

    today: date
    name: str
    place: int
    given: dict[str, Any]


class Line:
    """A line of memberships, computed from its moves."""

    def __init__(self, rates: dict[str, Rate]) -> None:
        self.rates = rates
        self.said: list[StatedMove] = []
        self.members: list[Member] = []
        self.paid = False

    def say(self, today: date, place: int, name: str, given: dict[str, Any]) -> None:
        """Apply a move to a member; a correction changes earlier moves."""
        if name.startswith("edit "):
            self._correct(today, name.removeprefix("edit "), place, given)
        else:
            self.said.append(StatedMove(today, name, place, given))
        self.members, self.paid = [], False
        for each in self.said:
            self._do(each)
            if each.name == "cancel":
                each.given["when"] = self.members[each.place].cancelled  # once said, it is of a day

    def bill(self, today: date) -> None:
        """Apply changes that were agreed for a bill day."""
        for each in self.members:
            settle(each, today, self.rates)

    def _correct(self, today: date, what: str, place: int, given: dict[str, Any]) -> None:
        made = [each for each in self.said if each.name in {"add", "renew"}][place]
        since = self.said[self.said.index(made) + 1 :]
        if any(each.name in {"extend", "suspend", "change", "renew"} and each.place == place for each in since):
            raise UnsureError  # a line that was moved meanwhile is compared with one that was sold right, not here
        match what:
            case "start":
                made.given["start"] = self.members[place].start + given["by"]
            case "until":
                made.given |= {"until": today + given["until"], "term": None, "endless": False}
            case "term":
                made.given |= {"until": None, "term": given["term"], "endless": False}
            case "endless":
                made.given |= {"until": None, "term": None, "endless": True}
            case "rate":
                if made.name == "renew" or made.given.get("endless"):
                    raise UnsureError
                before = self.rates[self.members[place].rate]
                if made.given["term"] == before.default:
                    made.given["term"] = None
                if not made.given["trial"]:
                    if before.trial:
                        raise UnsureError
                    made.given["trial"] = True  # nobody knows that it was sold without one
                made.given["rate"] = given["rate"]

    def _do(self, said: StatedMove) -> None:
        if said.name == "add":
            self._add(said.today, **said.given)
        elif not said.name.startswith("bill"):
            member = self.members[said.place]
            settle(member, said.today, self.rates)
            getattr(self, f"_{said.name}")(said.today, member, **said.given)

    # -- the moves --------------------------------------------------------------------------------

    def _add(
        self,
        today: date,
        rate: str,
        start: date,
        until: date | None,
        term: str | None,
        trial: bool,
        endless: bool = False,
    ) -> None:
        terms = self.rates[rate]
        days = terms.trial if trial else 0
        first_paid = start + timedelta(days=days)
        sold = None if until or endless else term or terms.default
        end = until or (add_length(first_paid, sold) - DAY if sold else None)
        segments = first_segments(terms, first_paid)
        ahead = start - DAY if days else start
        self.members.append(Member(rate, terms, start, first_paid, first_paid, sold, end, ahead, segments, end))

    def _extend(
        self, today: date, member: Member, charge: bool, until: date | None = None, by: str | None = None
    ) -> None:
        assert member.end
        if by:
            if member.moved and is_step(member.end + DAY, member.count, "1m"):
                raise UnsureError  # it does so by chance: the end was moved by a pause
            until = last_day_of(member.end + DAY, member.count, by) if by[-1] in "my" else add_length(member.end, by)
        assert until
        assert until > member.end, "an extension is later"
        member.end = until
        if charge:
            member.term_end = until

    def _suspend(self, today: date, member: Member, first: date | None, length: timedelta | None) -> None:
        first = first or max(today, member.start)
        floor = max(first, today + DAY)
        if member.terms.rule == "extend":
            floor = max(floor, member.ahead + DAY)
        pause, ends_period = Pause(first, None, floor), self._ends_period(member)
        member.pauses = sorted([*member.pauses, pause], key=lambda each: each.first)
        if length:
            self._until(member, pause, first + length, ends_period)

    def _resume(self, today: date, member: Member, on: date | None) -> None:
        pause = next(each for each in member.pauses if each.back is None or each.back > today)
        running = pause.first <= today
        day = on or (today if running else pause.first)
        self._until(member, pause, day, self._ends_period(member))
        if day <= pause.first:
            member.pauses.remove(pause)

    def _until(self, member: Member, pause: Pause, back: date, ends_period: bool) -> None:
        """End a pause on a day; move the end by its length, and a cancellation at the end of a period too."""
        was = pause.length
        pause.back = back
        longer = pause.length - was
        if member.terms.rule == "keep" or not longer:
            return
        if member.end and member.term_end:
            member.end += longer
            if pause.first <= member.term_end:
                member.term_end += longer
            member.moved = True
        if member.cancelled and ends_period:
            member.cancelled += longer
        self._follow(member)

    def _ends_period(self, member: Member) -> bool:
        if member.cancelled is None or member.terms.every is None:
            return False
        if member.cancelled < member.first_paid:
            raise UnsureError  # a cancellation in the trial
        if member.cancelled == member.bills_until == member.term_end:
            raise UnsureError  # the last day of a period that the end cut short
        return next(member.bill_days(member.cancelled + DAY), None) == member.cancelled + DAY

    def _follow(self, member: Member) -> None:
        """Move a successor as if it were renewed then."""
        made = successor_of(member)
        if made is None:
            return
        if (
            made.asked["start"]
            or made.asked["until"]
            or made.pauses
            or made.cancelled
            or made.agreed
            or made.end != made.term_end
        ):
            raise UnsureError
        anew = self._successor(member, member.last + DAY, **made.asked)
        for name in ("start", "first_paid", "count", "sold", "end", "ahead", "segments", "term_end"):
            setattr(made, name, getattr(anew, name))
        self._follow(made)

    def _renew(
        self, today: date, old: Member, rate: str | None, start: date | None, until: date | None, term: str | None,
        endless: bool = False,
    ) -> None:  # fmt: skip
        assert old.last
        grace_ends = add_length(old.last, old.terms.grace) if old.terms.grace else old.last
        over = old.cancelled is not None and old.cancelled < today
        joins = not over and today <= grace_ends
        begins = start or (old.last + DAY if joins else today)
        if self.paid and old.cancelled:
            raise UnsureError  # what is paid stays charged, whatever was cancelled
        charged = max((each.charged_until or each.last or date.min for each in self.members), default=date.min)
        if begins <= charged:
            if start:
                raise UnsureError  # another day was said since
            begins = charged + DAY
        made = self._successor(old, begins, rate, start, until, term, endless)
        old.successor = made
        self.members.append(made)

    def _successor(
        self, old: Member, begins: date, rate: str | None, start: date | None, until: date | None, term: str | None,
        endless: bool = False,
    ) -> Member:  # fmt: skip
        assert old.last
        terms = self.rates[rate or old.rate]
        same = terms.every == old.terms.every and terms.bill_day is None
        held = old.anchor_on(begins) if same and old.terms.every else None
        keeps = held and held.every == terms.every and is_step(begins, held.anchor, held.every)
        segments = [Segment(held.anchor, held.every)] if held and keeps else first_segments(terms, begins)
        sold = None if until or endless else term or self._length(old, rate, terms)
        joined = begins == old.last + DAY and terms.every == old.terms.every and not old.moved
        count = old.count if joined and is_step(begins, old.count, "1m") else begins
        end = until or (None if endless else last_day_of(begins, count, sold or ""))
        asked = {"rate": rate or old.rate, "start": start, "until": until, "term": sold, "endless": endless}
        return Member(rate or old.rate, terms, begins, begins, count, sold, end, begins, segments, end, asked=asked)

    def _length(self, old: Member, rate: str | None, terms: Rate) -> str:
        found = terms.default or terms.every
        if rate in {None, old.rate}:
            found = old.sold or found
        assert found, "what is paid once asks for how long"
        return found

    def _cancel(self, today: date, member: Member, when: str | date, refund: bool, **_: Any) -> None:
        if when == "at-period-end":
            day = max(today, member.start)
            if day < member.first_paid:
                when = member.first_paid - DAY
            elif member.terms.every is None:
                when = member.end or day
            else:
                when = member.period_end(day)
            when = min(when, member.end or date.max)
        elif when == "now":
            when = min(today - DAY, member.end or date.max)
        assert isinstance(when, date)
        if member.terms.every:
            last = min(max(min(today, when), member.ahead), when)
            billed = list(takewhile(lambda day: day <= last, member.bill_days(date.min)))
            ends = member.period_end(billed[-1]) if billed else when
            member.charged_until = max(when, min(ends, member.term_end or date.max))
        elif member.first_paid <= when:
            member.charged_until = member.term_end
        if refund:
            self.paid = True
        member.cancelled = when

    def _pay(self, today: date, member: Member, **_: Any) -> None:
        self.paid = True

    def _take_back(self, today: date, member: Member) -> None:
        member.cancelled = member.charged_until = None

    def _change(self, today: date, member: Member, rate: str, now: bool) -> None:
        if not now:
            member.agreed = None if rate == member.rate else (rate, today)
            return
        terms, member.agreed = self.rates[rate], None
        if any(each.back is None or each.back > today for each in member.pauses) or terms.every is None:
            raise UnsureError
        if terms.every != member.terms.every:
            member.segments = [*self._baked(member, today), Segment(today, terms.every)]
            member.moved, member.pauses, member.ahead = True, [], today
        elif terms.rule != member.terms.rule and member.pauses:
            raise UnsureError
        member.rate, member.terms = rate, terms

    def _baked(self, member: Member, before: date) -> list[Segment]:
        found = member.placed()
        return [
            Segment(each.anchor, each.every, min(each.before or before, before))
            for each in found
            if each.anchor < before
        ]


def in_days(today: date, name: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Convert a move of ``lines`` from day offsets to days."""

    def day(ahead: timedelta | None) -> date | None:
        return None if ahead is None else today + ahead

    match name:
        case "extend to":
            return "extend", {**given, "until": day(given["until"])}
        case "suspend":
            return name, {**given, "first": day(given["first"])}
        case "resume":
            return name, {"on": day(given["on"])}
        case "renew":
            until = day(given["until"])
            return name, {
                **given,
                "start": day(given["start"]),
                "until": until,
                "term": None if until else given["term"],
            }
        case "cancel":
            when = given["when"]
            return name, {**given, "when": when if isinstance(when, str) else today + when}
        case "take back":
            return "take_back", {}
    return name, given
