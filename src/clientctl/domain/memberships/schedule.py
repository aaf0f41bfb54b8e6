"""Compute the bill days and periods of a membership from its anchor and its pauses.

Nothing is read or stored here: days in, days out. Bill days are counted from the anchor, never from the previous
one. By the rule ``extend``, a pause moves the bill days after it by its length, and further ones are counted from
the first day moved. By the rule ``keep``, it drops the bill days inside it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice, pairwise
from typing import Literal, NamedTuple

from clientctl.base import calendar
from clientctl.base.calendar import ONE_DAY, Interval

Rule = Literal["extend", "keep"]


class Pause(NamedTuple):
    """A pause, from the first day without access to the first day with access again, None while it is open.

    ``moves_on`` is the first bill day that the pause moves or drops, as it was before the pause: the first on or
    after its first day that was neither due nor billed when the pause was agreed. Bill days up to
    ``due_through_on``, if known, were due then.
    """

    starts_on: date
    resumes_on: date | None
    moves_on: date | None
    due_through_on: date | None = None

    @property
    def length(self) -> timedelta:
        """Return its length; zero while it is open."""
        return (self.resumes_on or self.starts_on) - self.starts_on


class Period(NamedTuple):
    """A period to be billed, first and last day; ``used`` of ``whole`` days when it is a part of one."""

    starts_on: date
    ends_on: date
    used: int | None = None
    whole: int | None = None


class Schedule(NamedTuple):
    """The bill days of a membership: anchor, interval, pauses by first day, and pause rule.

    ``first_on`` is the first paid day; when it is before the anchor, a part of a period comes first.
    """

    anchor: date
    every: Interval
    pauses: tuple[Pause, ...] = ()
    rule: Rule = "extend"
    first_on: date | None = None

    def spans(self, since: date) -> Iterator[tuple[date, date]]:
        """Iterate over bill days from a day on, each with the last day of its period; endless without an open pause."""
        return (self._kept if self.rule == "keep" else self._moved)(since)

    def periods(self, since: date, last: date | None) -> Iterator[Period]:
        """Iterate over the periods that begin from a day on; the last day may cut the last one short."""
        for first, end in self.spans(since):
            if last and first > last:
                return
            period = self._part(first, min(end, last or end), self._whole(first, end))
            if period:
                yield period

    def with_pauses(self, pauses: Sequence[Pause], since: date) -> "Schedule":
        """Return the schedule with further, later pauses, which move or drop bill days from the day ``since`` on."""
        schedule = self
        for pause in pauses:
            moves_on = next((day for day, _ in schedule.spans(max(pause.starts_on, since))), None)
            schedule = schedule._replace(pauses=(*schedule.pauses, pause._replace(moves_on=moves_on)))
        return schedule

    def rest_of(self, day: date, last: date | None) -> Period | None:
        """Return the rest of the period that contains a day, up to the last day; None in a gap."""
        span = self.period_of(day)
        return self._part(day, min(span[1], last or span[1]), self._whole(*span)) if span else None

    def next_after(self, day: date) -> date | None:
        """Return the first bill day after a day; None when an open pause comes first."""
        return next((first for first, _ in self.spans(day + ONE_DAY)), None)

    def period_of(self, day: date) -> tuple[date, date] | None:
        """Return the first and last day of the period that contains a day; None before the first one and in a gap."""
        spans = [(first, end) for first, end in self._until(day) if first <= day <= end]
        return spans[0] if spans else None

    def moved(self, day: date, other: "Schedule") -> date | None:
        """Return the last day, in another schedule, of the period that ends on a day; None when none does."""
        ends = [end for _, end in self._until(day)]
        if not ends or ends[-1] != day:
            return None
        return next((end for _, end in islice(other.spans(other.first), len(ends) - 1, None)), None)

    def anchor_on(self, day: date) -> date:
        """Return the anchor from which bill days are counted on a day."""
        anchors = [anchor for anchor, before in self._segments() if before is None or anchor < before]
        return next((anchor for anchor in reversed(anchors) if anchor <= day), anchors[0] if anchors else self.anchor)

    def _whole(self, first: date, end: date) -> int:
        """Count the days of the whole period that a span is, or is the first part of."""
        stub = first == self.first_on and first < self.anchor
        return self.days(calendar.step(self.anchor, self.every, -1) if stub else first, end)

    def _part(self, first: date, ends_on: date, whole: int) -> Period | None:
        used = self.days(first, ends_on)
        if used <= 0:
            return None
        return Period(first, ends_on) if used >= whole else Period(first, ends_on, used, whole)

    def _until(self, day: date) -> Iterator[tuple[date, date]]:
        for span in self.spans(self.first):
            if span[0] > day:
                return
            yield span

    def days(self, first: date, last: date) -> int:
        """Count the paid days: those in a pause that moves the end are not paid."""
        days = (last - first).days + 1
        if self.rule == "keep":
            return days
        for pause in self.pauses:
            if pause.resumes_on:
                days -= max((min(last + ONE_DAY, pause.resumes_on) - max(first, pause.starts_on)).days, 0)
        return days

    @property
    def first(self) -> date:
        """Return the first paid day."""
        return self.first_on or self.anchor

    @property
    def _stub_on(self) -> date | None:
        """Return the first day of a part of a period before the anchor; None without one."""
        return self.first_on if self.first_on and self.first_on < self.anchor else None

    def _segments(self) -> list[tuple[date, date | None]]:
        """Return the successive anchors, each with the day on which the next one replaces it.

        The last one has no such day; with an open pause, it is the bill day that waits, replaced at once.
        """
        if self.rule == "keep":
            return [(self.anchor, None)]
        segments: list[tuple[date, date | None]] = []
        anchor, first = self.anchor, self._stub_on or self.anchor
        for pause in self.pauses:
            if pause.moves_on is None:
                continue
            if pause.moves_on > first:
                segments.append((anchor, pause.moves_on))
            if pause.resumes_on is None:
                return [*segments, (pause.moves_on, pause.moves_on)]
            anchor = first = pause.moves_on + pause.length
        return [*segments, (anchor, None)]

    def _moved(self, since: date) -> Iterator[tuple[date, date]]:
        segments = self._segments()
        stub = None if any(pause.moves_on == self._stub_on for pause in self.pauses) else self._stub_on
        for (anchor, before), (landing, _) in pairwise([*segments, (date.max, None)]):
            if stub and since <= stub:
                yield stub, (landing if before and before <= anchor else anchor) - ONE_DAY
            stub = None
            day = calendar.first_bill_day(anchor, self.every, since)
            while before is None or day < before:
                next_day = calendar.first_bill_day(anchor, self.every, day + ONE_DAY)
                yield day, (landing if before and next_day >= before else next_day) - ONE_DAY
                day = next_day

    def _kept(self, since: date) -> Iterator[tuple[date, date]]:
        stub = self._stub_on
        if stub and since <= stub:
            gap = self._gap(stub)
            if gap is None:
                yield stub, self.anchor - ONE_DAY
            elif gap.resumes_on is None:
                return
        day = calendar.first_bill_day(self.anchor, self.every, since)
        while True:
            gap = self._gap(day)
            if gap and gap.resumes_on is None:
                return
            next_day = calendar.first_bill_day(self.anchor, self.every, day + ONE_DAY)
            if gap is None:
                yield day, next_day - ONE_DAY
            day = next_day

    def _gap(self, day: date) -> Pause | None:
        """Return the pause that drops a bill day; None when none does."""
        return next((each for each in self.pauses if _drops(each, day)), None)


def _drops(pause: Pause, day: date) -> bool:
    """Return whether a pause drops a bill day."""
    if pause.moves_on is None or day < pause.moves_on:
        return False
    return pause.resumes_on is None or day < pause.resumes_on


def open_pause_start(pauses: Sequence[Pause]) -> date | None:
    """Return the first day of an open pause; None without one."""
    return next((each.starts_on for each in pauses if each.resumes_on is None), None)
