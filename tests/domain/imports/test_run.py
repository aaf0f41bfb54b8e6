"""Memberships from elsewhere: the days they get, what a second import changes, what is made and what is bad."""

import csv
from datetime import date, timedelta

import looking
import pytest
import samples

from clientctl.base.calendar import parse_interval
from clientctl.base.import_records import RowNote
from clientctl.base.row_notes import ODD_PHONE, Notes
from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.imports import run as import_run
from clientctl.domain.imports.run import Rules
from clientctl.domain.journal import history
from clientctl.domain.memberships import endings
from clientctl.domain.memberships import queues as membership_queues
from clientctl.domain.memberships import record as memberships
from clientctl.domain.shared.queries import Query
from clientctl.errors import RefusedError, UsageError
from clientctl.exchange.members import sheet_files
from clientctl.store import erase

HEADER = "Prénom;Nom;E-mail;Formule;Tarif;Prix;Début;Fin;Prochaine facturation;Statut"


def take(records, text, *, today=None, dry_run=False, order="dmy", notes=None, **rules):
    """Import a sheet; bad rows are left out. The columns are HEADER's unless the text has its own."""
    path = records.path.with_name("sheet.csv")
    path.write_text(text if text.startswith(("Prénom", "Nom")) else f"{HEADER}\n{text}", encoding="utf-8")
    with records.change("import csv", today=today, dry_run=dry_run) as db:
        sheet = sheet_files.read_csv(path, named={}, otherwise=order)
        return import_run.run(db, path.name, "csv", sheet.records(), Rules(**rules), notes or Notes())


def row(person="Ana;Müller;ana@example.com", plan="Yoga", rate="Mensuel", price="49,90 €", **more):
    days = (more.get(key, "") for key in ("starts", "ends", "following", "status"))
    return ";".join([person, plan, rate, price, *days]) + "\n"


def stored(records, *columns):
    """Fetch columns of the memberships, in the order they were stored."""
    with records.read() as db:
        return db.rows(f"SELECT {', '.join(columns)} FROM memberships ORDER BY id")


def undo(records):
    with records.change("undo") as db:
        history.undo(db)


# -- the days of a membership that began elsewhere -----------------------------------------------


@pytest.mark.parametrize(
    ("rate", "start", "following", "anchor", "bills"),
    [
        # Nothing given: the first bill day on or after the import day, counted from the start.
        ("Mensuel", "31/01/2025", "", "2025-01-31", "2026-03-31"),
        ("Mensuel", "01/03/2025", "", "2025-03-01", "2026-03-01"),
        ("Mensuel", "28/02/2025", "", "2025-02-28", "2026-03-28"),
        ("Annuel", "29/02/2024", "", "2024-02-29", "2027-02-28"),
        ("Trimestriel", "30/11/2025", "", "2025-11-30", "2026-05-30"),
        ("Quinzaine", "01/01/2026", "", "2026-01-01", "2026-03-12"),
        ("Mensuel", "15/05/2026", "", "2026-05-15", "2026-05-15"),
        # Given and past: as if nothing was given.
        ("Mensuel", "10/01/2025", "28/02/2026", "2025-01-10", "2026-03-10"),
        # Given, today or later, on a day of the anchor's: taken.
        ("Mensuel", "01/01/2025", "01/03/2026", "2025-01-01", "2026-03-01"),
        ("Mensuel", "31/01/2025", "30/04/2026", "2025-01-31", "2026-04-30"),
        ("Mensuel", "10/01/2025", "10/06/2026", "2025-01-10", "2026-06-10"),
        # Off the anchor's days: it becomes the anchor.
        ("Mensuel", "10/01/2025", "15/03/2026", "2026-03-15", "2026-03-15"),
        ("Annuel", "01/06/2025", "01/04/2026", "2026-04-01", "2026-04-01"),
    ],
)
def test_the_next_bill_day_and_the_anchor(records, rate, start, following, anchor, bills):
    take(records, row(rate=rate, starts=start, following=following))
    assert stored(records, "anchor_on", "next_bill_on") == [(anchor, bills)]


def test_what_is_paid_once_has_no_bill_day(records):
    take(records, row(rate="Carte", starts="10/01/2026", following="15/03/2026"), every={"Carte": None})
    assert stored(records, "every_count", "anchor_on", "next_bill_on") == [(None, "2026-01-10", None)]


@pytest.mark.parametrize(
    ("start", "end", "cancelled"),
    [
        ("10/01/2025", "09/01/2026", "2026-01-09"),  # its end is past
        ("10/01/2025", "09/01/2027", "2026-02-28"),  # its end is to come: the day before the import
        ("10/01/2025", "", "2026-02-28"),
        ("10/01/2025", "01/03/2026", "2026-02-28"),  # the last day of access is today: not past
        ("01/03/2026", "", "2026-02-28"),
        ("15/04/2026", "", "2026-04-14"),  # it had not begun: the day before its start
    ],
)
@pytest.mark.parametrize("said", ["Annulé", "cancelled", "Disdetta"])
def test_cancelled_is_a_fact(records, start, end, cancelled, said):
    take(records, row(starts=start, ends=end, status=said))
    assert stored(records, "cancelled_on") == [(cancelled,)]


@pytest.mark.parametrize("said", ["Actif", "Expiré", "En pause", "Impayé", "À venir", "bof", ""])
def test_any_other_status_stores_nothing(records, said):
    take(records, row(starts="10/01/2025", status=said))
    assert stored(records, "cancelled_on") == [(None,)]


def test_differences_in_status_and_what_nobody_knows_are_noted_by_line(records):
    notes = Notes()
    take(
        records,
        row(starts="10/01/2025", status="Actif")
        + row(starts="11/01/2025", ends="11/01/2026", status="Actif")  # expired
        + row(starts="12/01/2025", ends="11/01/2026", status="Scaduto")
        + row(starts="13/05/2026", status="active")  # upcoming
        + row(starts="14/01/2025", status="Résilié")
        + row(starts="15/01/2025", status="bof"),
        notes=notes,
    )
    assert notes.all() == [
        RowNote(3, "status", "Ana Müller", "M-2 is expired here, active in the file"),
        RowNote(5, "status", "Ana Müller", "M-4 is upcoming here, active in the file"),
        RowNote(7, "odd-status", "Ana Müller", "'bof'"),
    ]
    query = Query(memberships.SOURCE)
    assert records.listed(query, "status") == ["active", "expired", "expired", "upcoming", "cancelled", "active"]


# -- plans, rates, prices ------------------------------------------------------------------------


def test_plans_and_rates_are_made_once_and_the_rows_price_goes_on_the_membership(records):
    outcome = take(
        records,
        row(rate="Mensuel", price="49,90 €", starts="10/01/2025")
        + row(rate="MENSUEL", price="45", starts="11/01/2025")
        + row(plan="yoga", rate="Annuel", price="499.00 EUR", starts="12/01/2025")
        + row(plan="Pilates", rate="Settimanale", price="CHF 1’200.50", starts="13/01/2025")
        + row(rate="mensuel", price="", starts="14/01/2025"),
    )
    assert outcome.made_plans == ["Yoga", "Pilates"]
    assert outcome.made_rates == ["Yoga/Mensuel", "Yoga/Annuel", "Pilates/Settimanale"]
    assert stored(records, "price_minor", "currency", "every_count || every_unit") == [
        (4990, "EUR", "1month"),
        (4500, "EUR", "1month"),
        (49900, "EUR", "1year"),
        (120050, "CHF", "1week"),
        (4990, "EUR", "1month"),
    ]
    with records.read() as db:
        assert db.rows("SELECT name, price_minor FROM rates ORDER BY id")[:2] == [("Mensuel", 4990), ("Annuel", 49900)]


def test_plans_and_rates_that_are_there_are_used_as_they_are(records):
    records.rate("Yoga/Mensuel", every="2m", price=3000)
    outcome = take(records, row(starts="10/01/2025"))
    assert (outcome.made_plans, outcome.made_rates) == ([], [])
    assert stored(records, "price_minor", "every_count") == [(4990, 2)]


def test_the_interval_is_given_for_a_name_that_says_nothing(records):
    assert "how often is 'Abo' paid?" in take(records, row(rate="Abo", starts="10/01/2025")).bad[2]
    take(records, row(rate="Abo", starts="10/01/2025"), every={"ABO": parse_interval("2w")}, again=True)
    assert stored(records, "every_count || every_unit") == [("2week",)]


def test_a_given_interval_wins_over_the_name(records):
    take(records, row(rate="Mensuel", starts="10/01/2025"), every={"mensuel": parse_interval("2m")})
    assert stored(records, "every_count || every_unit") == [("2month",)]


def test_an_interval_for_a_rate_that_no_row_has_is_a_mistake(records):
    with pytest.raises(UsageError, match="no row has the rate 'Menseul' that --rate is about"):
        take(records, row(starts="10/01/2025"), every={"Menseul": parse_interval("1m")})


def test_an_interval_that_contradicts_the_rate_there_is_is_a_bad_row(records):
    records.rate("Yoga/Mensuel", every="1m")
    outcome = take(records, row(starts="10/01/2025"), every={"Mensuel": parse_interval("3m")})
    assert "the rate Yoga/Mensuel exists, paid every 1m" in outcome.bad[2]


def test_without_a_rate_the_plans_only_one_is_meant(records):
    records.rate("Yoga/Monthly")
    take(records, row(rate="", price="", starts="10/01/2025"))
    assert stored(records, "price_minor", "every_count") == [(4990, 1)]
    records.rate("Yoga/Yearly", every="1y")
    assert take(records, row(rate="", starts="11/01/2025")).bad == {
        2: "which rate of Yoga is it? there is Monthly, Yearly: name one in a rate column"
    }


def test_a_new_plan_without_a_rate_gets_one_of_its_own_name(records):
    outcome = take(
        records,
        row(plan="Abonnement annuel", rate="", starts="10/01/2025") + row(plan="Gym", rate="", starts="11/01/2025"),
        every={"Gym": None},
    )
    assert outcome.made_rates == ["Abonnement annuel/Abonnement annuel", "Gym/Gym"]
    assert stored(records, "every_count || every_unit") == [("1year",), (None,)]


def test_a_slash_in_a_plans_name_becomes_a_dash(records):
    text = row(plan="Yoga/Pilates", starts="10/01/2025")
    assert take(records, text).made_rates == ["Yoga-Pilates/Mensuel"]
    outcome = take(records, text, again=True)
    assert (outcome.made_plans, outcome.counts["unchanged"]) == ([], 1)


def test_a_currency_column_is_the_prices(records):
    take(records, f"{HEADER};Devise\n" + row(price="50", starts="10/01/2025").strip() + ";chf\n")
    assert stored(records, "price_minor", "currency") == [(5000, "CHF")]


# -- bad rows ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (";;;;;;;;;", None),  # an empty row is no row
        (";;;;;;;;;Actif\n", "names nobody: it has no name, e-mail or phone"),
        (row(starts=""), "has the plan 'Yoga' and no start: Début is empty"),
        (row(plan="", starts="10/01/2025"), "has a membership and no plan: name the plan"),
        (row(plan="", rate="", price="", ends="10/01/2025"), "has a membership and no plan: name the plan"),
        (row(starts="10/01/2025", ends="09/01/2025"), "ends 2025-01-09, before it starts 2025-01-10"),
        (row(starts="10/04/2026", following="09/04/2026"), "is next billed 2026-04-09, before it starts 2026-04-10"),
        (row(starts="31/02/2025"), "Début: '31/02/2025' is no day with the day first"),
        (row(starts="10/01/25"), "Début: '10/01/25' has a year of two digits: write four"),
        (row(starts="demain"), "Début: 'demain' is no day: write it like 2026-12-31 or 31/12/2026"),
        (row(price="cher", starts="10/01/2025"), "not an amount of money: 'cher'"),
        (row(price="12,345", starts="10/01/2025"), "not an amount of money: '12,345'"),
        (row(price="-5", starts="10/01/2025"), "not an amount of money: '-5'"),
        (row(price="", starts="10/01/2025"), "the rate 'Mensuel' of 'Yoga' is new and has no price: give one"),
        (
            row(rate="Abo", starts="10/01/2025"),
            "how often is 'Abo' paid? say --rate 'Abo=1m', or --rate 'Abo=once' if it is paid once",
        ),
        (row(rate="!", price="5", starts="10/01/2025"), "'!' is not a name for a rate: it needs a letter or a digit"),
        (row(plan="?", starts="10/01/2025"), "'?' is not a name for a plan: it needs a letter or a digit"),
        (row(person="Ana;Müller;ana@", starts="10/01/2025"), "not an e-mail address: 'ana@'"),
        ("Ana;Müller;;;;;;;;;x\n", "has 11 cells, the header 10"),
        (row(person="Ana;4111 1111 1111 1111;", starts="10/01/2025"), "a full card number, ending in 1111"),
        (row(rate="4111111111111111", starts="10/01/2025"), "a full card number, ending in 1111"),
        (row(price="4111111111111111", starts="10/01/2025"), "a full card number, ending in 1111"),
        (row(starts="4111111111111111"), "Début: a full card number, ending in 1111"),
        (row(starts="10/01/2025", status="4111-1111-1111-1111"), "a full card number, ending in 1111"),
    ],
)
def test_bad_rows_say_what_is_wrong_and_make_nothing(records, bad, reason):
    outcome = take(records, bad + "\nBen;Smith;ben@example.com;;;;;;;\n")
    assert list(outcome.bad) == ([2] if reason else [])
    assert outcome.bad.get(2, "").startswith(reason or "")
    assert "411111" not in str(outcome)
    with records.read() as db:
        assert db.rows("SELECT first_name FROM clients") == [("Ben",)]
        assert db.row("SELECT count(*) FROM plans") == db.row("SELECT count(*) FROM rates") == (0,)


def test_a_bad_row_does_not_keep_a_good_one_from_making_its_plan(records):
    outcome = take(records, row(price="", starts="10/01/2025") + row(starts="10/01/2025"))
    assert (list(outcome.bad), outcome.made_rates) == ([2], ["Yoga/Mensuel"])


def test_the_counts_of_rows_are_true_with_bad_ones_of_every_kind(records):
    outcome = take(
        records,
        row(starts="10/01/2025")
        + row(starts="nie")
        + row(person="Bob;Smith;ana@example.com", starts="10/01/2025")
        + row(starts="10/01/2025"),
    )
    assert sorted(outcome.bad) == [3]
    assert (outcome.rows, outcome.counts["unchanged"]) == (4, 1)
    assert records.listed(Query(import_run.SOURCE), "rows", "rejected", "unchanged") == [(4, 1, 1)]


def test_a_phone_that_is_not_valid_is_kept_and_warned_about(records):
    notes = Notes()
    take(records, "Prénom;Téléphone\nAna;(07700)  900-769\nBen;+33 6 39 98 12 34\nCleo;06 12 34 56 78\n", notes=notes)
    assert notes.all() == [
        RowNote(2, ODD_PHONE, "Ana", "(07700) 900-769"),
        RowNote(3, ODD_PHONE, "Ben", "+33 6 39 98 12 34"),
    ]
    with records.read() as db:
        assert [row[0] for row in db.rows("SELECT phone FROM clients ORDER BY id")] == [
            "(07700) 900-769",
            "+33 6 39 98 12 34",
            "+33612345678",
        ]


@pytest.mark.parametrize(
    "text", ["=HYPERLINK('x')", "[bold]x[/]", "\x1b[31mred", "a\u202eb", "@SUM(1)", "Robert'); DROP TABLE clients;--"]
)
def test_hostile_text_is_stored_as_it_is(records, text):
    cell = '"' + text.replace('"', '""') + '"'
    take(records, row(person=f"{cell};Müller;", plan=cell, starts="10/01/2025"))
    with records.read() as db:
        assert db.rows("SELECT c.first_name, p.name FROM clients c, plans p") == [(text, text.replace("/", "-"))]


def test_whole_names_are_taken_apart(records):
    take(records, "Nom complet\nAna Maria Müller\n" + '"Müller, Zoé"\nCher\n')
    with records.read() as db:
        assert db.rows("SELECT first_name, last_name FROM clients ORDER BY id") == [
            ("Ana", "Maria Müller"),
            ("Zoé", "Müller"),
            ("Cher", None),
        ]


# -- again ---------------------------------------------------------------------------------------


def test_the_same_client_plan_and_start_is_the_same_membership(records):
    take(records, row(starts="10/01/2025") + row(starts="10/01/2026") + row(plan="Gym", starts="10/01/2025"))
    outcome = take(records, row(starts="10/01/2025") + row(plan="GYM", starts="10/01/2025", ends="31/12/2026"))
    assert dict(+outcome.counts) == {"memberships_updated": 1, "unchanged": 1}
    assert stored(records, "starts_on", "ends_on") == [
        ("2025-01-10", None),
        ("2026-01-10", None),
        ("2025-01-10", "2026-12-31"),
    ]


def test_a_membership_twice_in_one_file_is_one(records):
    outcome = take(records, row(starts="10/01/2025") * 2 + row(starts="10/01/2025", ends="31/12/2026"))
    assert dict(+outcome.counts) == {"clients_added": 1, "memberships_added": 1, "unchanged": 1}
    assert stored(records, "ends_on") == [("2026-12-31",)]


BEFORE = {"starts": "10/01/2025", "ends": "09/01/2027", "following": "10/03/2026"}


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        ({"ends": "31/12/2026"}, {"ends_on": "2026-12-31", "term_ends_on": "2026-12-31"}),
        ({"price": "45,00"}, {"price_minor": 4500}),
        ({"price": "49.90 CHF"}, {"currency": "CHF"}),
        ({"following": "10/04/2026"}, {"next_bill_on": "2026-04-10", "billed_from_on": "2026-04-10"}),
        (
            {"following": "20/03/2026"},
            {"next_bill_on": "2026-03-20", "billed_from_on": "2026-03-20", "anchor_on": "2026-03-20"},
        ),
        ({"status": "Annulé"}, {"cancelled_on": "2026-02-28"}),
        (
            {"rate": "Annuel", "following": ""},
            {"rate_id": 2, "every_unit": "year", "next_bill_on": "2027-01-10", "billed_from_on": "2027-01-10"},
        ),
        ({"ends": ""}, {}),  # what the row does not say stays
        ({"price": ""}, {}),
        ({"rate": ""}, {}),
        ({"following": ""}, {}),
        ({"following": "10/02/2026"}, {}),  # past
        ({"status": "Actif"}, {}),
        ({"price": "€ 49.90"}, {}),
    ],
)
def test_what_a_row_says_anew_is_taken(records, now, changed):
    take(records, row(**BEFORE))
    take(records, row(**(BEFORE | {"price": "49,90 €"} | now)))
    with records.read() as db:
        before, *after = looking.rows(db.connection, "SELECT * FROM memberships_log WHERE id = 1 ORDER BY seq")
    images = [
        {key: new[key] for key in new if new[key] != before[key] and key not in {"seq", "command_id", "op"}}
        for new in after
    ]
    assert images == ([changed] if changed else [])


def test_the_terms_of_what_was_sold_are_not_those_of_an_edited_rate(records):
    take(records, row(starts="10/01/2025"))
    with records.change("rate edit") as db:
        db.update("rates", 1, price_minor=9900, every_count=3)
    outcome = take(records, row(starts="10/01/2025", price=""))
    assert outcome.counts["unchanged"] == 1
    assert stored(records, "price_minor", "every_count") == [(4990, 1)]


def extend(records, until, *, charge=False):
    with records.change("membership extend") as db:
        endings.extend(db, memberships.find(db, "M-1"), until=date.fromisoformat(until), charge=charge)


@pytest.mark.parametrize("charge", [False, True])
@pytest.mark.parametrize(
    ("end", "ends_on"),
    [("09/03/2026", "2026-04-09"), ("31/03/2026", "2026-04-09"), ("30/04/2026", "2026-04-30")],
)
def test_an_extension_made_here_is_never_taken_back(records, charge, end, ends_on):
    text = row(starts="10/01/2026", ends="09/03/2026")
    take(records, text)
    extend(records, "2026-04-09", charge=charge)
    take(records, row(starts="10/01/2026", ends=end), again=True)
    assert stored(records, "ends_on") == [(ends_on,)]


def test_an_end_that_was_never_extended_may_become_earlier(records):
    take(records, row(starts="10/01/2026", ends="09/03/2026"))
    extend(records, "2026-04-09", charge=True)
    undo(records)
    take(records, row(starts="10/01/2026", ends="05/03/2026"))
    assert stored(records, "ends_on", "term_ends_on") == [("2026-03-05", "2026-03-05")]


def test_a_cancellation_is_stored_once(records):
    take(records, row(starts="10/01/2025", status="Annulé"))
    outcome = take(records, row(starts="10/01/2025", status="Annulé"), today="2026-03-20", again=True)
    assert outcome.counts["unchanged"] == 1
    assert stored(records, "cancelled_on") == [("2026-02-28",)]
    notes = Notes()
    outcome = take(records, row(starts="10/01/2025", status="Actif"), notes=notes)
    assert (outcome.counts["unchanged"], notes.counts["status"]) == (1, 1)


def test_a_client_gets_the_plans_label_once_and_not_again_after_it_was_detached(records):
    take(records, row(starts="10/01/2025"))
    with records.read() as db:
        (label,) = labels.of_client(db, 1)
    assert label.exact == "plan:Yoga"
    with records.change("label detach") as db:
        labels.detach(db, [1], [label])
    take(records, row(starts="10/01/2025"), again=True)
    with records.read() as db:
        assert labels.of_client(db, 1) == []


def test_an_archived_client_comes_back_with_a_new_membership_only(records):
    client = records.client("Ana", "Müller", email="ana@example.com")
    with records.change("client archive") as db:
        clients.archive(db, client)
    take(records, "Prénom;E-mail\nAna;ana@example.com\n")
    with records.read() as db:
        assert clients.get(db, client.id).archived_on
    take(records, row(starts="10/01/2025"))
    with records.read() as db:
        assert clients.get(db, client.id).archived_on is None


def test_an_erased_client_is_a_new_one(records):
    take(records, row(person="Ana;Müller;ana@example.com", plan="", rate="", price=""))
    with records.change("client delete") as db:
        erase.erase(db, [1], "2026-03-01")
    outcome = take(records, row(plan="", rate="", price=""), again=True)
    assert outcome.counts["clients_added"] == 1


# -- one entry, one undo, the same rows ----------------------------------------------------------


def test_one_undo_leaves_nothing_of_an_import_and_redo_all_of_it(records):
    records.rate("Pilates/Mensuel")
    take(records, row(starts="10/01/2025") + row(person="Ben;Smith;", starts="10/01/2025"))
    before = looking.dump_file(records.path)
    take(
        records,
        row(starts="10/01/2025", price="45") + row(person="Cleo;Smith;", plan="Gym", starts="10/01/2025")
        + row(person=";Ana-Maria Müller;ana@example.com", plan="Pilates", starts="01/02/2025", status="Annulé"),
    )  # fmt: skip
    after = looking.dump_file(records.path)
    assert looking.last_command(records.path) == 4
    undo(records)
    assert looking.dump_file(records.path) == before
    with records.change("redo") as db:
        history.redo(db)
    assert looking.dump_file(records.path) == after
    assert before != after


PEOPLE = [
    ["Ana", "Müller", "31/01/2025"],
    ["Ben", "O'Brien; Jr", "10/02/2025"],
    ["Zoé", "李", ""],
]


@pytest.mark.parametrize(
    "change",
    [
        {"encoding": "utf-16"},
        {"encoding": "utf-8-sig", "delimiter": "\t"},
        {"order": [2, 0, 1]},
        {"columns": [1, 2, 0]},
        {"delimiter": ",", "quoting": csv.QUOTE_ALL},
    ],
)
def test_the_same_rows_are_recognized_whatever_the_bytes(records, change):
    def write(encoding="utf-8", order=(0, 1, 2), columns=(0, 1, 2), delimiter=";", quoting=csv.QUOTE_MINIMAL):
        path = records.path.with_name("people.csv")
        with path.open("w", encoding=encoding, newline="") as file:
            writer = csv.writer(file, delimiter=delimiter, quoting=quoting)
            for line in [["Prénom", "Nom", "Client depuis"], *(PEOPLE[place] for place in order)]:
                writer.writerow([line[column] for column in columns])
        return path

    def run(path):
        with records.change("import csv") as db:
            import_run.run(db, path.name, "csv", sheet_files.read_csv(path, named={}).records(), Rules(), Notes())

    run(write())
    with pytest.raises(RefusedError, match=r"the same rows were imported already by #2, from people\.csv"):
        run(write(**change))
    undo(records)
    run(write(**change))


def test_one_cell_makes_them_other_rows(records):
    take(records, "Prénom;Nom\nAna;Müller\nBen;Smith\n")
    take(records, "Prénom;Nom\nAna;Smith\nBen;Müller\n")
    take(records, "Prénom;Nom\nAna;Müller\nBen;Smith\nBen;Smith\n")
    take(records, "Nom;Prénom\nAna;Müller\nBen;Smith\n")


# -- the member sheet, worked out by hand --------------------------------------------------------


def day(cell):
    return date(*map(int, reversed(cell.split("/")))) if cell else None


def test_the_member_sheet_is_what_plain_python_makes_of_it(records, tmp_path):
    path = samples.write(tmp_path, "members-fr.csv", samples.people(2026, 400))
    with path.open(encoding="utf-8-sig", newline="") as file:
        sheet = list(csv.DictReader(file, delimiter=";"))
    today = date(2026, 3, 1)
    sold = [line for line in sheet if line["Formule"]]
    ending, gone = [], 0
    for line in sold:
        start, end = day(line["Début"]), day(line["Fin"])
        if line["Statut"] == "Annulé":
            end = end if end and end < today else max(today, start) - timedelta(days=1)
            gone += end < today
        if start <= today and end and today <= end <= today + timedelta(days=7):
            ending.append(line["E-mail"].lower() or line["Nom"])

    with records.change("import csv") as db:
        outcome = import_run.run(db, path.name, "csv", sheet_files.read_csv(path, named={}).records(), Rules(), Notes())

    assert outcome.bad == {}
    assert dict(+outcome.counts) == {"clients_added": len(sheet), "memberships_added": len(sold)}
    assert sorted(outcome.made_plans) == sorted({line["Formule"] for line in sold})
    assert sorted(outcome.made_rates) == sorted({f"{line['Formule']}/{line['Tarif']}" for line in sold})
    assert stored(records, "sum(price_minor)") == [
        (sum(int(line["Prix"].replace(",", "").removesuffix(" €")) for line in sold),)
    ]
    with records.read() as db:
        query = Query(memberships.SOURCE, [membership_queues.where_queue(db, "ending", 7)])
    listed = records.listed(query, "email", "client")
    assert sorted((email or name.split()[-1]).lower() for email, name in listed) == sorted(map(str.lower, ending))
    assert len(ending) > 3
    assert records.counted(Query(memberships.SOURCE, memberships.SOURCE.where(status=["cancelled"]))) == gone
