"""Read the journal as people do: what was, what is, who did it, and what was taken back."""

from datetime import date

import pytest

from clientctl.base.calendar import Interval
from clientctl.base.money import Money
from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.journal import history
from clientctl.domain.memberships import endings
from clientctl.domain.memberships import record as memberships
from clientctl.domain.money import charges, payments
from clientctl.domain.offers import plans, rates
from clientctl.domain.practice import payment_types, settings
from clientctl.domain.session import opened
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request
from clientctl.errors import NotFoundError, RefusedError, UsageError

ANA_ADDED = "first name Ana, last name Müller, client since 2026-03-01, source hand"
WHEN, WHO = "2026-03-01T09:00:00Z", "Ana Müller"


def changes(records, client_id=1):
    """Return a client's history without when and who, which never change here."""
    with records.read() as db:
        rows = list(history.of_client(db, client_id).rows)
    assert {row[5:7] for row in rows} <= {(WHEN, WHO)}
    return [(row[0], row[7], *row[1:5]) for row in rows]


def log(records, *columns):
    return records.listed(Query(history.LOG), *columns)


def undo(records):
    with records.change("undo") as db:
        return history.undo(db).id


def redo(records):
    with records.change("redo") as db:
        return history.redo(db).id


def test_a_clients_history_says_what_was_and_what_is(records):
    ana = records.client("Ana", "Müller")
    with records.change("client edit") as db:
        clients.edit(db, ana, {"first_name": "Anna", "last_name": None, "birthday_on": "1990-05-04"})
    assert changes(records) == [
        ("#2", "client add", "client 1", "added", None, ANA_ADDED),
        ("#3", "client edit", "client 1", "first_name", "Ana", "Anna"),
        ("#3", "client edit", "client 1", "last_name", "Müller", None),
        ("#3", "client edit", "client 1", "birthday", None, "1990-05-04"),
    ]


def test_labels_and_memberships_are_part_of_it_by_their_names(records):
    ana, bo = records.client("Ana"), records.client("Bo")
    sold = records.membership(ana, records.rate(), "2026-01-01", "2026-12-31")
    with records.change("label attach") as db:
        labels.attach(db, [ana.id, bo.id], [labels.add(db, "VIP")])
    with records.change("membership cancel") as db:
        endings.cancel(db, sold, "now", "moves away")
    with records.change("label remove") as db:
        labels.remove(db, labels.find(db, "VIP"))
    found = {row for row in changes(records) if row[1] not in {"client add", "membership add"}}
    assert {row for row in found if row[1] != "membership cancel"} == {
        ("#6", "label attach", "client 1", "added", None, "label VIP"),
        ("#8", "label remove", "client 1", "removed", "label VIP", None),
    }
    assert found >= {
        ("#7", "membership cancel", "M-1", "cancelled", None, "2026-02-28"),
        ("#7", "membership cancel", "M-1", "cancel_reason", None, "moves away"),
    }
    bought = dict(row[2::3] for row in changes(records) if row[1] == "membership add")
    assert bought["client 1"] == "label Yoga"
    assert bought["M-1"].startswith("plan Yoga, rate Monthly, price 49.90 EUR, every 1m, starts 2026-01-01,")
    assert {row[1] for row in changes(records, bo.id)} == {"client add", "label attach", "label remove"}


def test_prices_and_intervals_are_shown_as_they_are_typed(records):
    rate = records.rate()
    with records.change("rate edit") as db:
        rates.edit(db, rate, rate._replace(price=Money(5200, "CHF"), every=Interval(2, "week")))
    with records.read() as db:
        assert [row[1:5] for row in history.of_command(db, 3).rows] == [
            ("rate 1", "price", "49.90 EUR", "52.00 CHF"),
            ("rate 1", "every", "1m", "2w"),
        ]


def test_money_is_shown_in_its_currency_and_what_it_is_about_by_number(records):
    ana = records.client("Ana")
    with records.change("charge add") as db:
        charges.make(db, client_id=ana.id, kind="fee", amount=Money(2000, "CHF"), due_on=db.today, description="key")
    with records.change("payment record") as db:
        due = [charges.find(db, "C-1")]
        payments.record(db, ana.id, Money(500, "CHF"), payment_types.find(db, "cash"), db.today, charges=due)
    with records.read() as db:
        rows = [row[1:5] for row in history.of_command(db, 4).rows]
    assert ("allocations 1", "added", None, "charge C-1, payment P-1, amount 5.00 CHF") in rows
    assert ("C-1", "paid", "0.00 CHF", "5.00 CHF") in rows
    assert {row[0] for row in rows} == {"C-1", "P-1", "allocations 1"}


def test_numbers_of_commands_are_ordered_by_what_they_count(records):
    ana = records.client("Ana")
    for number in range(12):
        with records.change() as db:
            clients.edit(db, clients.get(db, ana.id), {"company": f"Acme {number}"})
    numbers = list(dict.fromkeys(row[0] for row in changes(records)))
    assert numbers == [f"#{number}" for number in range(2, 15)]
    with records.read() as db:
        shown = queries.select_part(history.of_client(db, ana.id), Request(("number",), sort="-number", limit=2))
        assert list(shown.rows) == [("#14",), ("#13",)]
        latest = history.latest(db, ana.id, 3)
        assert [row[0] for row in latest.rows] == ["#12", "#13", "#14"]


def test_undo_and_redo_are_part_of_it_and_of_the_log(records):
    ana = records.client("Ana")
    with records.change("client edit") as db:
        clients.edit(db, ana, {"first_name": "Anna"})
    edited = ("first_name", "Ana", "Anna")
    assert undo(records) == 3
    assert redo(records) == 3
    assert undo(records) == 3
    assert [row[3:] for row in changes(records)][-4:] == [edited, ("first_name", "Anna", "Ana")] * 2
    columns = ("number", "command", "reverts", "undone_by")
    assert log(records, *columns)[1:] == [
        ("#2", "client add", None, None),
        ("#3", "client edit", None, "#6"),
        ("#4", "undo", "#3", "#5"),
        ("#5", "redo", "#4", None),
        ("#6", "undo", "#3", None),
    ]
    assert redo(records) == 3
    assert dict(log(records, "number", "undone_by"))["#3"] is None
    assert log(records, "at", "who")[-1] == (WHEN, WHO)


def test_undo_goes_back_command_by_command_and_not_past_what_is_final(records):
    records.client("Ana")
    records.client("Bo")
    assert [undo(records), undo(records)] == [3, 2]
    with pytest.raises(RefusedError, match=r"nothing to undo: #1 db init is final"):
        undo(records)
    assert [redo(records), redo(records)] == [2, 3]
    with pytest.raises(RefusedError, match="nothing to redo"):
        redo(records)


def test_a_new_command_ends_redo(records):
    records.client("Ana")
    undo(records)
    records.client("Bo")
    with pytest.raises(RefusedError, match="nothing to redo"):
        redo(records)


def test_the_log_names_what_a_command_was_about(records):
    ana = records.client("Ana")
    records.membership(ana, records.rate(), "2026-01-01")
    with records.change("config set") as db:
        settings.put(db, "within", "8")  # about no record
    assert log(records, "command", "touched", "final")[1:] == [
        ("client add", "1", 0),
        ("rate add", "1", 0),
        ("membership add", "M-1", 0),
        ("config set", None, 0),
    ]


def test_a_command_shows_all_it_changed(records):
    ana, rate = records.client("Ana"), records.rate()
    records.membership(ana, rate, "2026-01-01")
    with records.change("plan edit") as db:
        plans.edit(db, rate.plan, rate.plan._replace(name="Pilates"))
    with records.read() as db:
        renamed = history.of_command(db, 5)
        assert [row[1:5] for row in renamed.rows] == [
            ("label 1", "name", "Yoga", "Pilates"),
            ("plan 1", "name", "Yoga", "Pilates"),
        ]
        assert {row[1] for row in history.of_command(db, 4).rows} == {"label 1", "client 1", "M-1", "O-1"}
        with pytest.raises(NotFoundError, match="no command #9: `clientctl log`"):
            history.of_command(db, 9)


@pytest.mark.parametrize("number", ["", "#", "x", "#-1", "1.5", "٣", "#" + "9" * 5000])
def test_what_is_no_number_of_a_command(number):
    with pytest.raises(UsageError, match="say '#12', as in `clientctl log`"):
        history.parse_number(number)


def test_numbers_of_commands_are_written_either_way():
    assert history.parse_number("#12") == history.parse_number("12") == 12


# -- as it stood --------------------------------------------------------------------------------


@pytest.fixture
def days(records, monkeypatch):
    """Return a database that was worked on over three days, at nine in the morning UTC."""
    sold = records.membership(records.client("Ana"), records.rate(), "2026-02-20", "2026-03-10")  # #2 to #4
    for day, name in (("2026-03-05", "Bo"), ("2026-03-20", "Chloé")):
        monkeypatch.setenv("CLIENTCTL_NOW", f"{day}T09:00:00Z")
        records.client(name)  # #5, #6
    with records.change() as db:  # #7
        endings.cancel(db, sold._replace(status="active"), date(2026, 3, 9))
        settings.put(db, "timezone", "Europe/Paris")
    monkeypatch.delenv("CLIENTCTL_TODAY")
    return records.path


def stood(path, as_of, today=None):
    """Return who there was, the day it was, and the status of the only membership."""
    with opened.reading(path, as_of=as_of, today=today) as db:
        names = [row[0] for row in db.rows("SELECT first_name FROM clients ORDER BY id")]
        status = queries.listing(db, Query(memberships.SOURCE), Request(("status",))).rows
        return names, db.today.isoformat(), [row[0] for row in status]


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("#1", ([], "2026-03-01", [])),
        ("#2", ([], "2026-03-01", [])),
        ("#4", (["Ana"], "2026-03-01", [])),
        ("#6", (["Ana", "Bo"], "2026-03-20", ["expired"])),  # before it, on its day
        ("#7", (["Ana", "Bo", "Chloé"], "2026-03-20", ["expired"])),
        ("2026-03-01", (["Ana"], "2026-03-01", ["active"])),
        ("2026-03-04", (["Ana"], "2026-03-04", ["active"])),
        ("2026-03-05 09:59", (["Ana"], "2026-03-05", ["active"])),  # in Paris
        ("2026-03-05 10:00", (["Ana", "Bo"], "2026-03-05", ["active"])),
        ("2026-03-05", (["Ana", "Bo"], "2026-03-05", ["active"])),
        ("2026-03-11", (["Ana", "Bo"], "2026-03-11", ["expired"])),
        ("2026-03-20", (["Ana", "Bo", "Chloé"], "2026-03-20", ["cancelled"])),
        ("2026-04-01", (["Ana", "Bo", "Chloé"], "2026-04-01", ["cancelled"])),
        ("yesterday", (["Ana", "Bo"], "2026-03-19", ["expired"])),
    ],
)
def test_the_records_are_shown_as_they_stood_and_today_moves_there(days, as_of, expected):
    assert stood(days, as_of) == expected


def test_today_can_be_given_beside_a_time(days):
    assert stood(days, "#7", "2026-03-10") == (["Ana", "Bo", "Chloé"], "2026-03-10", ["active"])


@pytest.mark.parametrize(
    ("as_of", "message"),
    [
        ("#0", "no command #0: `clientctl log` lists"),
        ("#8", "no command #8"),
        ("#x", "not a command number"),
        ("2026-02-28", "there was nothing yet on 2026-02-28: the first command is of 2026-03-01"),
        ("12", "not a time"),
        ("2026-02-30", "not a time"),
    ],
)
def test_a_time_that_makes_no_sense_is_refused(days, as_of, message):
    with pytest.raises(NotFoundError if "no command" in message else UsageError, match=message):
        stood(days, as_of)


def test_the_past_can_not_be_changed(days):
    before = days.read_bytes()
    with opened.reading(days, as_of="#4") as db, pytest.raises(Exception, match="readonly"):
        db.connection.execute("DELETE FROM clients")
    assert days.read_bytes() == before
