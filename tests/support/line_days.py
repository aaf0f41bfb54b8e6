"""Compute the days of a membership in plain Python, from the rules alone: bill days, ends, status."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import takewhile
from typing import Any

DAY = timedelta(days=1)


class UnsureError(Exception):
    """A case that the rules leave open."""


# -- days -----------------------------------------------------------------------------------------


def add_length(day: date, length: str, k: int = 1) -> date:
    """Return the day ``k`` times a length later; the 31st becomes the last day of a shorter month."""
    number, unit = int(length[:-1]) * k, length[-1]
    if unit in "dw":
        return day + timedelta(days=number * (7 if unit == "w" else 1))
    months = day.year * 12 + day.month - 1 + number * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def steps(anchor: date, length: str, before: date | None = None) -> Iterator[date]:
    k, day = 0, anchor
    while before is None or day < before:
        yield day
        k += 1
        day = add_length(anchor, length, k)


def is_step(day: date, anchor: date, length: str) -> bool:
    return day >= anchor and next(each for each in steps(anchor, length) if each >= day) == day


def last_day_of(following: date, count: date, length: str) -> date:
    """Return the last day of a period from a day: counted in months from the anchor if the day is on it."""
    if length[-1] in "my" and is_step(following, count, "1m"):
        months = int(length[:-1]) * (12 if length[-1] == "y" else 1)
        there = (following.year - count.year) * 12 + following.month - count.month
        return add_length(count, "1m", there + months) - DAY
    return add_length(following, length) - DAY


# -- what there is --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rate:
    """The terms of a rate and its plan that the rules need; lengths as typed."""

    every: str | None
    default: str | None = None
    bill_day: int | None = None
    trial: int = 0
    rule: str = "extend"
    grace: str | None = None


@dataclass
class Pause:
    """A pause; ``floor`` is the first day on which it moves or drops bill days."""

    first: date
    back: date | None
    floor: date

    @property
    def length(self) -> timedelta:
        return (self.back or self.first) - self.first


@dataclass
class Segment:
    """A run of bill days counted from an anchor, before some day."""

    anchor: date
    every: str
    before: date | None = None


@dataclass
class Member:
    """One membership; terms are counted from ``count``, and it was charged at once up to the bill day ``ahead``."""

    rate: str
    terms: Rate
    start: date
    first_paid: date
    count: date
    sold: str | None
    end: date | None
    ahead: date
    segments: list[Segment]
    term_end: date | None = None
    cancelled: date | None = None
    agreed: tuple[str, date] | None = None
    successor: "Member | None" = None
    pauses: list[Pause] = field(default_factory=list)
    moved: bool = False
    """Its end was moved by a pause, or it is billed at another interval: what follows has a count of its own."""
    charged_until: date | None = None
    """Where it was cancelled, the last day that is charged all the same."""
    asked: dict[str, Any] = field(default_factory=dict)
    """What was said when it was renewed."""

    @property
    def last(self) -> date | None:
        return self.cancelled or self.end

    @property
    def bills_until(self) -> date:
        return min(self.term_end or date.max, self.cancelled or date.max)

    @property
    def open(self) -> Pause | None:
        return next((each for each in self.pauses if each.back is None), None)

    def placed(self) -> list[Segment]:
        """List the segments as moved by pauses that are over or have a planned end."""
        found = list(self.segments)
        for pause in self.pauses if self.terms.rule == "extend" else []:
            if pause.back and found:
                day = next(_days(found, pause.floor))
                found, every = cut_off(found, day)
                found.append(Segment(day + pause.length, every))
        return found

    def bill_days(self, since: date) -> Iterator[date]:
        """List the bill days from a day on, without dropped ones; they stop at an open pause."""
        for day in _days(self.placed(), since):
            if self.open and day >= self.open.floor:
                return
            dropped = any(each.back and each.floor <= day < each.back for each in self.pauses)
            if self.terms.rule == "extend" or not dropped:
                yield day

    def period_end(self, day: date) -> date:
        """Return the last day of the period or gap that contains a day."""
        following = next(self.bill_days(day + DAY), None)
        if self.terms.rule == "keep":
            held, begun = (
                list(takewhile(lambda each: each <= day, days))
                for days in (self.bill_days(date.min), _days(self.placed(), date.min))
            )
            if held and held[-1] == begun[-1]:  # the period holds it, and is as long as ever
                following = next(_days(self.placed(), day + DAY))
        if following is None:
            raise UnsureError  # a period that an open pause holds
        return following - DAY

    def coming(self, today: date, most: int) -> list[date]:
        """List the next bill days that remain after everything due is charged."""
        if self.terms.every is None:
            return []
        found = []
        for day in self.bill_days(max(today, self.ahead) + DAY):
            if day > self.bills_until or len(found) == most:
                break
            found.append(day)
        return found

    def status(self, today: date) -> str:
        """Return the status on a day; by days alone, one that needs attention is active."""
        if self.cancelled and today > self.cancelled:
            return "cancelled"
        covered = any(each.first <= today and (each.back is None or today < each.back) for each in self.pauses)
        if covered and (self.terms.rule == "extend" or self.end is None or today <= self.end):
            return "paused"
        if self.end and today > self.end:
            return "expired"
        return "upcoming" if today < self.start else "active"

    def is_ending(self, today: date, within: int) -> bool:
        """Return whether it ends within some days without a successor."""
        if self.last is None or self.status(today) not in {"active", "paused"}:
            return False
        if self.open and self.open.first <= today and self.terms.rule == "extend" and not self.cancelled:
            return False
        made = successor_of(self)
        goes_on = made and made.status(today) not in {"cancelled", "expired"} and made.start <= self.last + DAY
        return today <= self.last <= today + timedelta(days=within) and not goes_on

    def anchor_on(self, day: date) -> Segment | None:
        """Return the anchor of bill days on a day."""
        return next((each for each in reversed(self.placed()) if each.anchor <= day), None)


def _days(segments: list[Segment], since: date) -> Iterator[date]:
    for each in segments:
        yield from (day for day in steps(each.anchor, each.every, each.before) if day >= since)


def cut_off(segments: list[Segment], day: date) -> tuple[list[Segment], str]:
    """Cut off all bill days from one of them on; return how often it was billed."""
    kept: list[Segment] = []
    for each in segments:
        if day in steps(each.anchor, each.every, min(each.before or date.max, day + DAY)):
            found = Segment(each.anchor, each.every, day)
            every = each.every if each.every != STUB else segments[segments.index(each) + 1].every
            return [*kept, *([found] if found.anchor < day else [])], every
        kept.append(each)
    raise AssertionError(day)


STUB = "100y"
"""How often the part of a period before the first bill day comes."""


def successor_of(member: Member) -> Member | None:
    """Return the successor of a member; one that was cancelled before its first day does not count."""
    made = member.successor
    return None if made is None or (made.cancelled and made.cancelled < made.start) else made


def first_segments(terms: Rate, first_paid: date) -> list[Segment]:
    if terms.every is None:
        return []
    if terms.bill_day is None:
        return [Segment(first_paid, terms.every)]
    anchor = next(day for day in steps(first_paid.replace(day=terms.bill_day), "1m") if day >= first_paid)
    stub = [Segment(first_paid, STUB, anchor)] if first_paid < anchor else []
    return [*stub, Segment(anchor, terms.every)]


def settle(member: Member, today: date, rates: dict[str, Rate]) -> None:
    """Apply an agreed change on the first bill day after the agreement, once that day is reached."""
    if member.agreed is None or member.terms.every is None:
        return
    rate, since = member.agreed
    day = next(member.bill_days(max(since, member.ahead) + DAY), None)
    if day is None or day > today or day > member.bills_until:
        return
    if member.pauses:
        raise UnsureError
    terms = rates[rate]
    if terms.every != member.terms.every:
        kept, _ = cut_off(member.segments, day)
        assert terms.every
        member.segments = [*kept, Segment(day, terms.every)]
        member.moved = True
    member.rate, member.terms, member.agreed = rate, terms, None
