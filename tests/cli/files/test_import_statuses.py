"""Imports of memberships with a status: cancelled is taken as a fact, others are compared with the computed one."""

import csv

import inprocess
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientctl.exchange.members import status_words

HEADER = "Nom;E-mail;Formule;Tarif;Prix;Début;Fin;Prochaine facturation;Statut\n"
TODAY = "2026-03-01"


@pytest.fixture
def do(book):
    return lambda *arguments: inprocess.run(*arguments, db=book)


@pytest.fixture
def take(do, tmp_path):
    """Return a function that imports rows of memberships, all of one client's, told apart by their days."""

    def run(*rows, options=(), header=HEADER):
        path = tmp_path / "members.csv"
        path.write_text(header + "".join(f"Ana Müller;ana@example.com;{row}\n" for row in rows), encoding="utf-8")
        return do("import", "csv", path, "--date-format", "DD/MM/YYYY", *options)

    return run


ENDING = "cancelled at the end of a period that is not given in the file"


def of(status, start="01/02/2026", end="", following="", plan="Or"):
    return f"{plan};Mensuel;60;{start};{end};{following};{status}"


def listed(do, columns="number,status"):
    return [
        tuple(line.split("\t")) for line in do("membership", "list", "--columns", columns, "--sort", "number").lines
    ]


LIVE, UPCOMING, OVER, ENDLESS = (
    ("01/02/2026", "31/03/2026"),
    ("02/03/2026", ""),
    ("01/01/2025", "28/02/2026"),
    ("01/02/2026", ""),
)


@pytest.mark.parametrize(
    ("said", "days", "here"),
    [
        ("actif", LIVE, None),
        ("attivo", UPCOMING, "upcoming"),
        ("active", OVER, "expired"),
        ("en cours", ENDLESS, None),
        ("in regola", ENDLESS, None),
        ("trial", ENDLESS, None),
        ("impayé", LIVE, None),
        ("past due", OVER, "expired"),
        ("à venir", UPCOMING, None),
        ("scheduled", LIVE, "active"),
        ("in arrivo", OVER, "expired"),
        ("expiré", OVER, None),
        ("scaduta", LIVE, "active"),
        ("inactive", ENDLESS, "active"),
        ("ancien", UPCOMING, "upcoming"),
        ("en pause", LIVE, "active"),
        ("frozen", ENDLESS, "active"),
        ("sospeso", UPCOMING, "upcoming"),
        ("suspendu jusqu'au 3 mai", ENDLESS, "active"),
        ("paused", OVER, "expired"),
        ("cancelled at period end", ENDLESS, "active"),
        ("résilié à échéance", LIVE, None),
        ("Disdetto a scadenza", OVER, None),
        ("en préavis", ENDLESS, "active"),
        ("Will not renew", UPCOMING, "upcoming"),
        ("", OVER, None),
        ("-", LIVE, None),
    ],
)
def test_any_status_but_cancelled_is_compared_and_stores_nothing(do, take, said, days, here):
    done = take(of(said, *days), options=("--json",))
    assert done.status == 0
    (found,) = listed(do)
    assert ("cancelled" in found[1]) is False
    notes = [(each["line"], each["kind"], each["who"], each["what"].split(", ")[0]) for each in done.json["notes"]]
    assert notes == ([(2, "status", "Ana Müller", f"M-1 is {here} here")] if here else [])


@pytest.mark.parametrize("said", ["Résilié", "résilié le 3 mars", "Cancelled", "annullata", "disdetto", "terminated"])
@pytest.mark.parametrize(
    ("days", "last"),
    [
        (OVER, "2026-02-28"),
        (LIVE, "2026-02-28"),  # the day before the import
        (ENDLESS, "2026-02-28"),
        (UPCOMING, "2026-03-01"),  # the day before the start
        (("01/01/2025", "27/02/2026"), "2026-02-27"),
        (("01/01/2025", TODAY), "2026-02-28"),
    ],
)
def test_what_says_cancelled_is_a_fact(do, take, said, days, last):
    assert "computed status" not in take(of(said, *days)).err
    assert listed(do, "status,cancelled,next_billing") == [("cancelled" if last < TODAY else "upcoming", last, "")]


def test_a_status_that_nobody_knows_is_told_and_not_compared(do, take):
    done = take(of("Bof", *OVER), options=("--hold-unclear",))
    assert "Unknown status values, not compared: 1 membership\n  line 2: Ana Müller, 'Bof'\n" in done.err
    assert listed(do) == [("M-1", "expired")]


def test_what_is_unclear_is_held_until_somebody_looks_and_nothing_of_it_is_billed(do, take, monkeypatch):
    rows = (
        of("actif", plan="Rubis"),
        of("en pause", "01/01/2026"),  # whose bill day is today
        of("expiré", "15/01/2026", "14/01/2027"),
        of("actif", "10/03/2026"),
        of("actif", *OVER),
        of("résilié en fin de période", "20/01/2026"),
    )
    done = take(*rows, options=("--hold-unclear",))
    assert [line for line in done.err.splitlines() if line.startswith(("Status", "  "))] == [
        "Status in the file differs from the computed status: 5 memberships",
        "  line 3: Ana Müller, M-2 is active here, paused in the file; suspended from 2026-03-01 on",
        "  line 4: Ana Müller, M-3 is active here, expired in the file; suspended from 2026-03-01 on",
        "  line 5: Ana Müller, M-4 is upcoming here, active in the file; suspended from 2026-03-10 on",
        "  line 6: Ana Müller, M-5 is expired here, active in the file",
        f"  line 7: Ana Müller, M-6 is active here, {ENDING}; suspended from 2026-03-01 on",
    ]
    statuses = ["active", "paused", "paused", "upcoming", "expired", "paused"]
    assert [status for _, status in listed(do)] == statuses
    again = take(*rows, options=("--hold-unclear", "--again"))
    assert again.err.endswith("memberships 0 added, 0 updated; 6 unchanged\n")
    assert again.err.count("; it is suspended already") == 3
    assert "M-2" not in again.err  # paused in the file, and here
    monkeypatch.setenv("CLIENTCTL_TODAY", "2026-05-01")
    assert do("billing", "run").status == 0
    billed = do("charge", "list", "--columns", "membership,due", "--sort", "due").lines
    assert {line.split("\t")[0] for line in billed} == {"M-1"}
    assert do("membership", "resume", "M-2").status == 0
    assert listed(do, "number,next_billing")[1] == ("M-2", "2026-05-01")
    monkeypatch.delenv("CLIENTCTL_TODAY")
    for _ in range(4):
        assert do("undo").status == 0
    assert do("membership", "list").lines == []


def test_what_was_renewed_or_cancelled_here_is_not_held_and_told_so(do, take):
    rows = (of("actif", "15/02/2026", "14/03/2026"), of("actif", "10/02/2026"))
    assert take(*rows).status == 0
    assert do("membership", "renew", "M-1").status == 0
    assert do("membership", "cancel", "M-2", "--at-period-end").status == 0
    done = take(*(row.replace("actif", "expiré") for row in rows), options=("--hold-unclear",))
    assert "; not suspended: M-1 was renewed as M-3, so its pause needs an end" in done.err
    assert "; not suspended: M-2 is cancelled, so its pause needs an end" in done.err
    assert [status for _, status in listed(do)] == ["active", "active", "upcoming"]


def test_of_each_kind_twenty_are_shown_and_all_are_in_the_file_and_in_json(do, take, tmp_path):
    days = [f"{n:02}/02/2026" for n in range(1, 29)]
    rows = [of("expiré", day) for day in days] + [of("bof", day, plan="Argent") for day in days[:21]]
    done = take(
        *rows,
        "Or;Mensuel;60;soon;;;",
        options=("--skip-bad", tmp_path / "bad.csv", "--notes", tmp_path / "n.csv", "--json"),
    )
    lines = done.err.splitlines()
    assert sum("expired in the file" in line for line in lines) == 20
    assert sum("'bof'" in line for line in lines) == 20
    assert {"  … and 8 more (--notes FILE lists all)", "  … and 1 more (--notes FILE lists all)"} <= set(lines)
    notes = done.json["notes"]
    assert [each["line"] for each in notes] == list(range(2, 52))
    assert [each["kind"] for each in notes] == ["status"] * 28 + ["odd-status"] * 21 + ["bad-row"]
    with (tmp_path / "n.csv").open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.DictReader(file))
    assert written == [{key: str(value or "") for key, value in each.items()} for each in notes]
    assert done.json["notes"] == notes


@pytest.mark.parametrize(
    "end",
    ["", "-", "N/A", "n/a", "illimité", "Illimitée", "sans fin", "indéterminé", "à vie", "illimitato", "senza scadenza",
     "Unlimited", "none", "NONE", "01/01/2100", "31/12/2199", "00/00/0000", "31/12/9999"],
)  # fmt: skip
def test_an_end_that_says_so_is_none(do, take, end):
    assert take(of("", end=end)).status == 0
    assert listed(do, "ends,next_billing") == [("", "2026-03-01")]


@pytest.mark.parametrize("end", ["bientôt", "31/02/2026", "1", "2026", "6 mois", "31/12/26"])
def test_any_other_end_that_is_no_day_makes_a_bad_row(do, take, end):
    done = take(of("", end=end))
    assert (done.status, len(done.error.details)) == (7, 1)
    assert done.error.details[0].startswith("line 2: Fin: ")


@pytest.mark.parametrize(
    ("start", "end", "given", "following"),
    [
        ("15/01/2026", "", "15/03/2026", "2026-03-15"),
        ("15/01/2026", "", "", "2026-03-15"),
        ("15/01/2026", "", "15/02/2026", "2026-03-15"),  # past
        ("01/02/2026", "", "01/03/2026", "2026-03-01"),  # today
        ("01/02/2026", "", "", "2026-03-01"),
        ("31/01/2026", "", "", "2026-03-31"),
        ("15/01/2026", "", "20/03/2026", "2026-03-20"),  # the anchor from now on
        ("15/01/2026", "", "15/06/2026", "2026-06-15"),
        ("15/04/2026", "", "", "2026-04-15"),
        ("15/01/2026", "14/03/2026", "", ""),  # none past the term's own end
        ("15/01/2026", "14/02/2026", "15/03/2026", ""),
    ],
)
def test_the_next_bill_day_is_the_given_one_or_the_first_from_today_on(
    do, take, monkeypatch, start, end, given, following
):
    assert take(of("", start, end, given)).status == 0
    assert listed(do, "next_billing") == [(following,)]
    assert do("charge", "list").lines == []  # earlier periods count as settled elsewhere
    monkeypatch.setenv("CLIENTCTL_TODAY", "2026-06-30")
    do("billing", "run")
    first = do("charge", "list", "--columns", "due", "--sort", "due").lines[:1]
    assert first == ([following] if following else [])


@given(st.sampled_from(sorted(status_words.STATUSES)), st.sampled_from(["", "3 mars", "31 12 2026"]))
def test_a_day_behind_a_status_does_not_make_another_one_of_it(word, day):
    assert status_words.status_of(word) == status_words.STATUSES[word]
    assert not day or status_words.status_of(f"{word} le {day}") == status_words.STATUSES[word]


def test_a_client_gets_one_note_of_what_no_field_holds_and_the_same_once(do, tmp_path):
    path = tmp_path / "members.csv"
    header = "Nom;E-mail;Formule;Tarif;Prix;Début;Date de naissance;Langue\n"
    row = "Ana;ana@example.com;Or;Mensuel;60;0{}/02/2026;{};{}\n"
    said = ((1, "31/13/1980", ""), (2, "31/13/1980", ""), (3, "31/13/1980", "klingon"), (4, '"x; y"', "klingon"))
    rows = [row.format(*each) for each in said]
    path.write_text(header + "".join(rows) + "Ben;ben@example.com;;;;;31/13/1980;\n", encoding="utf-8")
    many = "".join(f"N{n};n{n}@example.com;;;;;;\n" for n in range(1_000))
    longer = tmp_path / "longer.csv"  # in which one of them is in another part
    longer.write_text(header + many + rows[0] + many.replace("N", "P").replace("n", "p") + rows[3] + rows[2], "utf-8")
    for each in (path, path, longer):
        done = do("import", "csv", each, "--date-format", "DD/MM/YYYY", "--again")
        assert done.status == 0, done.error.details
        assert do("note", "list", "--columns", "client,text", "--sort", "id", "--json").json == [
            {
                "client": "Ana",
                "text": "From members.csv line 2: Date de naissance 31/13/1980\n"
                "From members.csv line 4: Langue klingon\nFrom members.csv line 5: Date de naissance x; y",
            },
            {"client": "Ben", "text": "From members.csv line 6: Date de naissance 31/13/1980"},
        ]
    for _ in range(3):
        assert do("undo").status == 0
    assert do("import", "csv", longer, "--date-format", "DD/MM/YYYY").status == 0
    assert do("note", "list", "--columns", "text", "--json").json == [
        {
            "text": "From longer.csv line 1002: Date de naissance 31/13/1980\n"
            "From longer.csv line 2003: Date de naissance x; y; Langue klingon"
        }
    ]
