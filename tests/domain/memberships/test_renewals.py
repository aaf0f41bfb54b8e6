"""Lines of memberships: how long each is, what it is counted from, who follows whom, what moves along."""

from datetime import date, timedelta

import pytest
from living import Life

from clientctl.base.calendar import Interval, parse_interval
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import corrections as membership_corrections
from clientctl.domain.memberships import endings, pauses, renewal
from clientctl.domain.memberships import queues as membership_queues
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.as_entered import Correction
from clientctl.domain.offers import rates
from clientctl.domain.shared.queries import Query
from clientctl.errors import RefusedError

D = date.fromisoformat
MONTH = Interval(1, "month")


@pytest.fixture
def life(records) -> Life:
    return Life(records)


@pytest.fixture
def ana(records):
    return records.client("Ana", "Müller")


def renew(life, day, number="M-1", rate=None, **given):
    """Renew a membership on a day, at its own rate unless another is given; return the new one and what was told."""
    life.bill(day)
    with life.records.change("membership renew", today=day) as db:
        old = memberships.find(db, number)
        return renewal.renew(db, old, clients.get(db, old.client_id), rate, **given), db.notices


# -- what a term is counted from ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "start", "term", "ends"),
    [
        ("1m", "2025-01-31", "1m", ["2025-02-27", "2025-03-30", "2025-04-29"]),
        ("3m", "2025-11-30", "3m", ["2026-02-27", "2026-05-29", "2026-08-29"]),
        ("1y", "2024-02-29", "1y", ["2025-02-27", "2026-02-27", "2027-02-27", "2028-02-28"]),
        ("1m", "2025-01-31", "12m", ["2026-01-30", "2027-01-30"]),
        ("2w", "2026-01-01", "2w", ["2026-01-14", "2026-01-28"]),
        ("1m", "2025-01-31", "28d", ["2025-02-27", "2025-03-27", "2025-04-24"]),
    ],
)
def test_a_line_is_counted_from_its_first_day(records, life, ana, every, start, term, ends):
    life.sold(ana, records.rate(every=every), start, term=parse_interval(term))
    seen = [life.shown("ends")]
    for number in range(1, len(ends)):
        new, told = renew(life, seen[-1], f"M-{number}")
        assert (new.starts_on, new.sold_for, told) == (D(seen[-1]) + timedelta(days=1), parse_interval(term), [])
        seen.append(new.ends_on.isoformat())
    assert seen == ends


def test_each_day_of_a_line_is_charged_once_and_whole(records, life, ana):
    life.sold(ana, records.rate(price=6000), "2025-01-31", term=MONTH)
    renew(life, "2025-02-21")
    renew(life, "2025-03-21", "M-2")
    life.bill("2025-06-30")
    assert life.charged() == [
        ("2025-01-31..2025-02-27", "6000 EUR"),
        ("2025-02-28..2025-03-30", "6000 EUR"),
        ("2025-03-31..2025-04-29", "6000 EUR"),
    ]


def test_with_a_bill_day_of_its_own_the_term_is_counted_all_the_same(records, life, ana):
    rate = records.rate()
    with records.change() as db:
        rate = rates.edit(db, rate, rate._replace(bill_day=1))
    life.sold(ana, rate, "2025-01-31", term=MONTH)
    assert renew(life, "2025-02-20")[0].ends_on == D("2025-03-30")
    assert renew(life, "2025-03-20", "M-2")[0].ends_on == D("2025-04-29")


def test_a_line_goes_on_after_a_free_extension_and_begins_anew_off_its_days(records, life, ana):
    life.sold(ana, records.rate(), "2025-01-31", term=MONTH)
    life.act("2025-02-10", endings.extend, by=MONTH)
    new, _ = renew(life, "2025-03-20")
    assert (new.starts_on, new.anchor_on, new.ends_on) == (D("2025-03-31"), D("2025-01-31"), D("2025-04-29"))
    life.act("2025-04-10", endings.extend, until=D("2025-05-14"), number="M-2")
    new, _ = renew(life, "2025-05-01", "M-2")
    assert (new.starts_on, new.anchor_on, new.ends_on) == (D("2025-05-15"), D("2025-05-15"), D("2025-06-14"))


def test_a_member_of_a_line_is_extended_by_months_of_the_line(records, life, ana):
    life.sold(ana, records.rate(), "2025-01-31", term=MONTH)
    renew(life, "2025-02-20")
    assert life.act("2025-03-10", endings.extend, by=MONTH, number="M-2").ends_on == D("2025-04-29")


def test_twelve_months_are_a_year(records, life, ana):
    life.sold(ana, records.rate(every="12m"), "2024-02-29", term=Interval(1, "year"))
    new, _ = renew(life, "2025-02-01", rate=records.rate("Yoga/Yearly", every="1y"), term=Interval(1, "year"))
    assert (new.anchor_on, new.ends_on) == (D("2024-02-29"), D("2026-02-27"))


# -- how long a renewal is ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "usual", "sold", "other", "length", "told"),
    [
        ("1m", None, {"term": Interval(28, "day")}, None, "28d", None),
        ("1m", "1y", {}, None, "1y", None),
        ("1m", None, {"until": "2026-03-31"}, None, "1m", "one interval of the rate"),
        ("1m", "6m", {"until": "2026-03-31"}, None, "6m", "the rate's own length"),
        ("1m", "6m", {"term": MONTH}, ("3m", None), "3m", None),
        ("1m", "6m", {"term": MONTH}, ("3m", "1y"), "1y", None),
        (None, None, {"term": MONTH}, None, "1m", None),
    ],
)
def test_a_renewal_is_as_long_as_was_sold(records, life, ana, every, usual, sold, other, length, told):
    life.sold(ana, records.rate(every=every, term=usual), "2026-03-01", **sold)
    rate = records.rate("Yoga/Other", every=other[0], term=other[1]) if other else None
    new, said = renew(life, life.shown("ends"), rate=rate)
    assert new.sold_for == parse_interval(length)
    assert said == ([f"The sold term of M-1 is not known: renewed for {length}, {told}"] if told else [])


def test_what_is_paid_once_is_renewed_for_a_length_that_is_said(records, life, ana):
    life.sold(ana, records.rate(every=None), "2026-03-01", until="2026-03-31")
    with pytest.raises(RefusedError, match=r"Yoga/Monthly is paid once .*: give --for, like --for 1y"):
        renew(life, "2026-03-20")
    assert renew(life, "2026-03-20", term=Interval(2, "month"))[0].ends_on == D("2026-05-31")


@pytest.mark.parametrize(
    ("move", "sold"),
    [
        (lambda db, found: membership_corrections.edit(db, found, Correction(until=D("2026-12-31"))), None),
        (lambda db, found: membership_corrections.edit(db, found, Correction(endless=True)), None),
        (lambda db, found: membership_corrections.edit(db, found, Correction(term=Interval(2, "month"))), "2m"),
        (lambda db, found: membership_corrections.edit(db, found, Correction(start=D("2026-03-02"))), "1m"),
        (lambda db, found: endings.extend(db, found, by=Interval(1, "year")), "1m"),
    ],
)
def test_the_term_that_was_sold_is_kept_set_or_forgotten(records, life, ana, move, sold):
    life.sold(ana, records.rate(), "2026-03-01", term=MONTH)
    life.act("2026-03-01", move)
    assert life.shown("sold_for") == sold


# -- who follows whom ---------------------------------------------------------------------------


def test_what_was_renewed_does_not_reach_into_its_successor(records, life, ana):
    life.sold(ana, records.rate(), "2025-10-01", until="2026-12-31")
    life.act("2025-10-20", endings.cancel, "at-period-end")
    assert renew(life, "2025-10-25")[0].starts_on == D("2025-11-01")
    for move in (
        endings.reverse_cancellation,
        lambda db, found: endings.cancel(db, found, D("2025-11-10")),
    ):
        with pytest.raises(RefusedError, match=r"M-1 was renewed as M-2, which begins on 2025-11-01: "):
            life.act("2025-10-26", move)


@pytest.mark.parametrize(
    "move",
    [
        lambda db, found: endings.extend(db, found, by=MONTH),
        lambda db, found: membership_corrections.edit(db, found, Correction(until=D("2026-04-01"))),
        lambda db, found: membership_corrections.edit(db, found, Correction(endless=True)),
        lambda db, found: membership_corrections.edit(db, found, Correction(term=Interval(2, "month"))),
        lambda db, found: membership_corrections.edit(db, found, Correction(start=D("2026-03-02"))),
    ],
)
def test_what_was_renewed_is_not_prolonged_into_its_successor(records, life, ana, move):
    life.sold(ana, records.rate(), "2026-03-01", term=MONTH)
    renew(life, "2026-03-02")
    with pytest.raises(RefusedError, match=r"M-1 was renewed as M-2, which begins on 2026-04-01: .* cancel M-2 --now`"):
        life.act("2026-03-02", move)
    with pytest.raises(RefusedError, match=r"M-1 was renewed as M-2, so its pause needs an end: give --resume DAY"):
        life.act("2026-03-02", pauses.suspend)


def test_a_successor_that_was_cancelled_before_its_first_day_was_never_made(records, life, ana):
    life.sold(ana, records.rate(), "2026-03-01", term=MONTH)
    renew(life, "2026-03-02")
    queue = membership_queues.where_queue
    with records.read(today="2026-03-28") as db:
        ending = queue(db, "ending", 7)
    assert records.listed(Query(memberships.SOURCE, [ending]), "number", today="2026-03-28") == []
    life.act("2026-03-03", endings.cancel, "now", number="M-2")
    assert records.listed(Query(memberships.SOURCE, [ending]), "number", today="2026-03-28") == ["M-1"]
    with pytest.raises(RefusedError, match=r"M-2 was cancelled before its first day .* renew M-1`"):
        renew(life, "2026-03-04", "M-2")
    assert life.act("2026-03-04", endings.extend, by=Interval(1, "day")).ends_on == D("2026-04-01")
    new, _ = renew(life, "2026-03-04")
    assert (new.number, new.starts_on) == ("M-3", D("2026-04-02"))


@pytest.mark.parametrize("move", [Correction(endless=True), Correction(until=date(2026, 12, 31))])
def test_an_end_behind_a_cancellation_is_not_prolonged_into_a_successor_either(records, life, ana, move):
    life.sold(ana, records.rate(every=None, term="1m"), "2026-01-27")
    life.act("2026-02-10", endings.cancel, date(2026, 2, 26))
    renew(life, "2026-02-10")
    with pytest.raises(RefusedError, match="M-1 was renewed as M-2, which begins on 2026-02-27"):
        life.act("2026-02-10", membership_corrections.edit, move)


def test_what_is_over_names_what_it_goes_on_as(records, life, ana):
    life.sold(ana, records.rate(), "2026-03-01", term=MONTH)
    renew(life, "2026-03-30")
    with pytest.raises(RefusedError, match=r"M-1 is expired already: `.* show M-2` shows its renewal"):
        life.act("2026-04-01", pauses.suspend)
    life.act("2026-03-31", endings.cancel, "now", number="M-2")
    with pytest.raises(RefusedError, match=r"M-2 is cancelled already: `.* show M-1`"):
        life.act("2026-03-31", endings.reverse_cancellation, number="M-2")
    with pytest.raises(RefusedError, match=r"M-2 is cancelled already: `.* renew M-1` renews it"):
        life.act("2026-04-01", endings.reverse_cancellation, number="M-2")


def test_what_is_cancelled_before_its_first_day_is_not_billed_on_the_days_of_the_line_before(records, life, ana):
    life.sold(ana, records.rate(), "2026-01-01", term=Interval(3, "month"))
    renew(life, "2026-01-01")
    for last in ("2026-01-20", "2026-02-10"):
        life.act("2026-01-02", endings.cancel, D(last), number="M-2")
    life.act("2026-01-02", endings.reverse_cancellation, number="M-2")
    assert life.charged("membership", "from", "amount") == [
        ("M-1", "2026-01-01", "4990 EUR"),
        ("M-2", "2026-04-01", "4990 EUR"),
    ]


def test_what_lost_its_place_does_not_come_back(records, life, ana):
    life.sold(ana, records.rate(), "2026-03-01", term=MONTH)
    renew(life, "2026-03-02")
    life.act("2026-03-03", endings.cancel, D("2026-03-20"), number="M-2")  # a day before its first one
    renew(life, "2026-03-04")
    with pytest.raises(RefusedError, match=r"M-1 was renewed as M-3 since, which takes the place of M-2"):
        life.act("2026-03-05", endings.reverse_cancellation, number="M-2")


def test_a_renewal_does_not_begin_on_a_day_that_is_charged(records, life, ana):
    life.sold(ana, records.rate(price=6000), "2026-03-01")
    life.act("2026-03-10", endings.cancel, "now")
    with pytest.raises(RefusedError, match=r"C-1 is for days until 2026-03-31, .* renew M-1 --start 2026-04-01`"):
        renew(life, "2026-03-12", start=D("2026-03-12"))
    new, told = renew(life, "2026-03-12")
    assert new.starts_on == D("2026-04-01")
    assert told[0] == "C-1 is for days until 2026-03-31, so the renewal starts after them"


def test_what_is_paid_once_for_good_is_not_billed_twice(records, life, ana):
    life.sold(ana, records.rate(every=None), "2026-03-01")
    life.act("2026-03-10", endings.cancel, "now")
    with pytest.raises(RefusedError, match=r"C-1 is paid once, for all days to come, .* `clientctl charge show C-1`"):
        renew(life, "2026-03-12", term=MONTH)


def test_a_renewal_begins_at_once_where_the_days_were_given_back(records, life, ana):
    life.sold(ana, records.rate(price=6000), "2026-03-01")
    life.pay("2026-03-01", "C-1")
    life.act("2026-03-10", endings.cancel, "now", refund=True)
    assert renew(life, "2026-03-12")[0].starts_on == D("2026-03-12")


def test_a_successor_starts_neither_before_the_old_end_nor_on_charged_days(records, life, ana):
    life.sold(ana, records.rate(price=6000), "2026-03-01")
    life.act("2026-03-05", endings.cancel, D("2026-03-10"))
    assert renew(life, "2026-03-06")[0].starts_on == D("2026-04-01")
    for start, message in (
        ("2026-03-10", r"M-2 follows M-1, which lasts until 2026-03-10: give a start after that"),
        ("2026-03-15", r"C-1 is for days until 2026-03-31, which would be billed twice"),
    ):
        with pytest.raises(RefusedError, match=message):
            life.act("2026-03-06", membership_corrections.edit, Correction(start=D(start)), number="M-2")


@pytest.mark.parametrize(
    "move",
    [
        lambda db, found: membership_corrections.edit(db, found, Correction(until=D("2026-04-10"))),
        lambda db, found: membership_corrections.edit(db, found, Correction(term=Interval(2, "month"))),
        lambda db, found: membership_corrections.edit(db, found, Correction(start=D("2026-03-02"))),
        lambda db, found: endings.extend(db, found, by=MONTH, charge=True),
        lambda db, found: endings.extend(db, found, until=D("2026-04-10"), charge=True),
        lambda db, found: pauses.suspend(db, found, resumes_on=D("2026-03-10")),
        pauses.suspend,
    ],
)
def test_no_day_is_billed_again_that_is_paid_for_by_what_was_never_made(renewed, move):
    renewed.act("2026-03-06", endings.cancel, "now", number="M-2")
    with pytest.raises(RefusedError, match=r"C-2 is for 2026-04-01..2026-04-30, which would be billed twice: "):
        renewed.act("2026-03-07", move)
    assert renewed.act("2026-03-07", endings.extend, by=MONTH).ends_on == D("2026-04-30"), "free, so it bills nothing"


def test_a_cancellation_is_not_taken_back_over_days_that_are_paid(records, life, ana):
    life.sold(ana, records.rate(price=6000), "2026-03-01")
    life.act("2026-03-05", endings.cancel, "at-period-end")
    renew(life, "2026-03-05")
    life.pay("2026-03-05", "C-2")
    life.act("2026-03-06", endings.cancel, "now", number="M-2")
    for move in (endings.reverse_cancellation, lambda db, found: endings.cancel(db, found, D("2026-04-10"))):
        with pytest.raises(RefusedError, match=r"C-2 is for 2026-04-01..2026-04-30, which would be billed twice: "):
            life.act("2026-03-07", move)


def test_a_cancellation_is_taken_back_where_the_days_that_are_paid_were_given_free(renewed):
    renewed.act("2026-03-06", endings.cancel, "now", number="M-2")
    renewed.act("2026-03-07", endings.extend, by=MONTH)
    for move in (lambda db, found: endings.cancel(db, found, D("2026-04-10")), endings.reverse_cancellation):
        renewed.act("2026-03-07", endings.cancel, D("2026-03-20"))
        renewed.act("2026-03-07", move)
    assert renewed.charged("period") == ["2026-03-01..2026-03-31", "2026-04-01..2026-04-30"]


def test_a_pause_moves_what_follows_and_not_what_was_never_made(renewed):
    """The successor begins after the days that are paid for, and so leaves none to the pause."""
    renewed.act("2026-03-06", endings.cancel, "now", number="M-2")
    renew(renewed, "2026-03-07")
    with pytest.raises(RefusedError, match=r"C-2 is for 2026-04-01..2026-04-30, which would be billed twice: "):
        renewed.act("2026-03-07", pauses.suspend, resumes_on=D("2026-03-10"))


# -- since when they count ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "move", "since"),
    [
        (
            None,
            lambda db, found: membership_corrections.edit(
                db, found, Correction(start=D("2026-02-26"), until=D("2026-03-31"))
            ),
            "2026-02-26",
        ),
        (
            None,
            lambda db, found: membership_corrections.edit(db, found, Correction(member_since=D("2019-05-01"))),
            "2019-05-01",
        ),
        (
            None,
            lambda db, found: membership_corrections.edit(db, found, Correction(until=D("2026-03-30"))),
            "2026-04-01",
        ),
        (None, lambda db, found: endings.cancel(db, found, D("2026-03-20")), "2026-04-01"),
        ("2026-04-04", lambda db, found: endings.extend(db, found, until=D("2026-04-03")), "2026-03-01"),
        (
            "2026-04-04",
            lambda db, found: membership_corrections.edit(db, found, Correction(until=D("2026-04-03"))),
            "2026-03-01",
        ),
        ("2026-04-04", lambda db, found: pauses.suspend(db, found, resumes_on=D("2026-03-13")), "2026-03-01"),
        ("2026-04-02", lambda db, found: pauses.suspend(db, found, resumes_on=D("2026-03-13")), "2026-03-01"),
    ],
)
def test_member_since_follows_what_becomes_of_the_line(records, life, ana, start, move, since):
    life.sold(ana, records.rate(), "2026-03-01", term=MONTH)
    renew(life, "2026-03-05", start=D(start) if start else None)
    life.act("2026-03-10", move)
    assert dated(life, "member_since")[1] == since


def test_member_since_that_was_given_stays(records, life, ana):
    life.sold(ana, records.rate(), "2026-03-01", term=MONTH)
    renew(life, "2026-03-05")
    life.act("2026-03-05", membership_corrections.edit, Correction(member_since=D("2020-01-01")), number="M-2")
    life.act("2026-03-10", membership_corrections.edit, Correction(start=D("2026-02-26")))
    assert dated(life, "member_since")[1] == "2020-01-01"


# -- what moves along ---------------------------------------------------------------------------


@pytest.fixture
def renewed(records, life, ana):
    """March, renewed for April, which is paid."""
    life.sold(ana, records.rate(price=6000), "2026-03-01", term=MONTH)
    renew(life, "2026-03-05")
    life.pay("2026-03-05", "C-2")
    return life


def dated(life, *columns):
    return life.records.listed(Query(memberships.SOURCE), *columns, today="2026-03-10")


def test_a_successor_moves_along_with_a_pause_and_back(renewed):
    said = renewed.told("2026-03-10", pauses.suspend, resumes_on=D("2026-03-24"))
    assert said == [
        "M-2 moves along: starts 2026-04-15 (was 2026-04-01), ends 2026-05-14 (was 2026-04-30), C-2 due 2026-04-15"
    ]
    assert dated(renewed, "starts", "ends") == [("2026-03-01", "2026-04-14"), ("2026-04-15", "2026-05-14")]
    assert renewed.charged("number", "period", "due", "status") == [
        ("C-1", "2026-03-01..2026-04-14", "2026-03-01", "open"),
        ("C-2", "2026-04-15..2026-05-14", "2026-04-15", "paid"),
    ]
    renewed.act("2026-03-12", pauses.resume)
    assert dated(renewed, "starts", "ends") == [("2026-03-01", "2026-04-02"), ("2026-04-03", "2026-05-02")]
    assert renewed.charged("period")[1] == "2026-04-03..2026-05-02"


def test_an_endless_successor_is_billed_from_where_it_moves_to(renewed):
    renewed.act("2026-03-06", membership_corrections.edit, Correction(endless=True), number="M-2")
    renewed.act("2026-03-10", pauses.suspend, resumes_on=D("2026-03-24"))
    assert dated(renewed, "next_billing")[1] == "2026-05-15"


def test_a_cancellation_moves_only_with_a_period(records, life, ana):
    for number, last, moved in (("M-1", "at-period-end", "2026-04-14"), ("M-2", D("2026-03-30"), "2026-03-30")):
        life.sold(ana, records.rate(f"Yoga/{number}"), "2026-03-01")
        life.act("2026-03-05", endings.cancel, last, number=number)
        with pytest.raises(RefusedError, match=r"is cancelled, so its pause needs an end: give --resume"):
            life.act("2026-03-10", pauses.suspend, number=number)
        life.act("2026-03-10", pauses.suspend, resumes_on=D("2026-03-24"), number=number)
        with records.read(today="2026-03-10") as db:
            assert memberships.find(db, number).cancelled_on == D(moved)


def test_while_nobody_knows_how_long_a_pause_is_nothing_follows(records, life, ana):
    life.sold(ana, records.rate(), "2026-03-01", term=MONTH)
    life.act("2026-03-05", pauses.suspend, starts_on=D("2026-03-20"))
    message = r"M-1 is paused from 2026-03-20 on without an end: `.* resume M-1 --on DAY`"
    with pytest.raises(RefusedError, match=message):
        renew(life, "2026-03-10")
    with pytest.raises(RefusedError, match=message):
        life.act("2026-03-10", endings.cancel, "at-period-end")
    life.act("2026-03-10", pauses.resume, D("2026-03-25"))
    assert renew(life, "2026-03-22")[0].starts_on == D("2026-04-06"), "a pause that is planned is no hindrance"
