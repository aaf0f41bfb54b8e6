"""Every kind of export: filters, files and pipes, the same bytes all day, the oldest removed."""

import csv
import errno
import io
import json
import os
import stat
from datetime import date
from pathlib import Path

import icalendar
import inprocess
import looking
import openpyxl
import program
import pytest
import terminal
import vobject
from python_calamine import CalamineWorkbook
from today import NOW, TODAY

from clientctl.domain.session import opened

KINDS = {
    "csv": ["export", "csv"],
    "vcard": ["export", "vcard"],
    "vcard 4.0": ["export", "vcard", "--version", "4.0", "--with-notes"],
    "ics": ["export", "ics"],
    "json": ["export", "json", "--with-files"],
    "xlsx": ["export", "xlsx"],
    "sheets": ["export", "xlsx", "--sheets", "clients,memberships,notes", "--sheets", "tasks"],
}
TEXT = [kind for kind in KINDS if kind not in {"xlsx", "sheets"}]


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


FULL = (
    ("task", "add", "1", "Send the plan", "--due", "2026-03-04"),
    ("task", "add", "2", "No day"),
    ("task", "add", "3", "Done long ago", "--due", "2026-01-04"),
    ("task", "done", "3"),
    ("note", "add", "1", "Very secret"),
    ("preference", "add", "News"),
    ("preference", "opt-in", "1", "3", "--preference", "News"),
)


@pytest.fixture
def full(do, practice, once):
    """The practice, with a note, tasks and a consent."""
    once(practice, lambda: inprocess.fill(practice, *FULL))
    return do


# -- whatever the kind --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_records_give_the_same_bytes_all_day(full, kind) -> None:
    """In another process, whose clock and order of sets differ, and of a copy of the records."""
    assert full(*KINDS[kind], "one").status == 0
    assert full("db", "backup", "copy.db").status == 0
    late = {"CLIENTCTL_DB": "copy.db", "CLIENTCTL_TODAY": TODAY, "CLIENTCTL_NOW": "2026-03-01T21:47:11Z"}
    assert program.run(*KINDS[kind], "two", PYTHONHASHSEED="1", **late).returncode == 0
    assert Path("one").read_bytes() == Path("two").read_bytes()
    assert stat.S_IMODE(Path("one").stat().st_mode) == 0o600


def test_the_same_list_gives_the_same_bytes_all_day(full, monkeypatch) -> None:
    assert full("client", "list", "--out", "one.xlsx").status == 0
    monkeypatch.setenv("CLIENTCTL_NOW", "2026-03-01T21:47:11Z")
    assert full("client", "list", "--out", "two.xlsx").status == 0
    assert Path("one.xlsx").read_bytes() == Path("two.xlsx").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_there_needs_force(full, kind) -> None:
    Path("old").write_bytes(b"precious")
    assert full(*KINDS[kind], "old").status == 5
    assert Path("old").read_bytes() == b"precious"
    assert full(*KINDS[kind], "old", "--force").status == 0
    assert Path("old").read_bytes() != b"precious"
    assert full(*KINDS[kind], "no/such/folder").status == 6


@pytest.mark.parametrize("kind", TEXT)
def test_a_dash_is_standard_output(full, kind) -> None:
    full(*KINDS[kind], "file")
    done = full(*KINDS[kind], "-")
    assert (done.status, done.err) == (0, "")
    assert done.out.encode() == Path("file").read_bytes()


def test_what_is_no_text_goes_to_a_pipe_and_to_no_terminal(full, practice) -> None:
    setting = {"CLIENTCTL_DB": str(practice), "CLIENTCTL_TODAY": TODAY, "CLIENTCTL_NOW": NOW}
    piped = program.run("export", "xlsx", "-", program=("sh", "-c", _PIPE, "sh"), **setting)
    assert (piped.stdout, piped.stderr) == ("PK \n", "")
    seen = terminal.run("export", "xlsx", "-", **setting)
    assert seen.status == 2
    assert "standard output is a terminal" in seen.shown
    assert terminal.run("export", "csv", "-", **setting).shown.startswith("uid,first_name,")


_PIPE = f"{program.PROGRAM[0]} -m clientctl \"$@\" | head -c 2; echo ' '"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "json"])
def test_filters_and_a_search_choose_who_is_in_it(full, kind) -> None:
    full("segment", "save", "Dubois", "--label", "Pilates", "--member", "--where", "last_name is Dubois")
    whole = full(*KINDS[kind], "whole")
    assert whole.status == 0
    for chosen in (["--label", "VIP"], ["müll"], ["--segment", "Dubois"], ["--archived"]):
        name = "".join(chosen).strip("-")
        assert full(*KINDS[kind], name, *chosen).status == 0
        assert Path(name).read_bytes() != Path("whole").read_bytes()
    assert full(*KINDS[kind], "x", "--label", "nothing").status == 3
    assert not Path("x").exists()


def test_the_past(full, practice) -> None:
    full("export", "csv", "now.csv")
    command = looking.last_command(practice) + 1
    full("client", "edit", "1", "--company", "New")
    full("export", "csv", "then.csv", "--as-of", f"#{command}")
    assert Path("now.csv").read_text() == Path("then.csv").read_text()


# -- nightly ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_day_is_in_the_name_and_the_latest_are_kept(full, kind) -> None:
    others = [
        "clients-2026-02-30.x",
        "clients-2026-02-01.y",
        "xclients-2026-02-01.x",
        "clients-2026-2-1.x",
        "clients.x",
    ]
    days = ["2025-12-31", "2026-02-26", "2026-02-27", "2026-02-28"]
    for name in (*others, *(f"clients-{day}.x" for day in days)):
        Path(name).touch()
    Path("clients-2024-01-01.x").mkdir()
    Path("clients-2024-01-02.x").symlink_to("clients.x")
    done = full(*KINDS[kind], "clients-{today}.x", "--keep", "3")
    assert done.status == 0
    assert "Removed clients-2025-12-31.x" in done.err
    left = {path.name for path in Path().iterdir() if "clients" in path.name and not path.name.startswith("clients.db")}
    kept = {"clients-2026-03-01.x", "clients-2026-02-28.x", "clients-2026-02-27.x"}
    assert left == {*others, *kept, "clients-2024-01-01.x", "clients-2024-01-02.x"}


def test_files_of_later_days_neither_count_nor_go(full) -> None:
    """A clock may have been wrong: what is dated after today may be all that there is of the latest records."""
    days = ("2025-12-30", "2025-12-31", "2026-03-02", "2030-01-01")
    for day in days:
        Path(f"a-{day}.csv").touch()
    assert full("export", "csv", "a-{today}.csv", "--keep", "2").status == 0
    kept = ["2025-12-31", "2026-03-01", "2026-03-02", "2030-01-01"]
    assert sorted(path.name for path in Path().glob("a-*")) == [f"a-{day}.csv" for day in kept]


def test_a_file_that_can_not_be_removed_is_named(full, monkeypatch) -> None:
    def kept(file: Path, **_) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    for day in ("2026-02-27", "2026-02-28"):
        Path(f"a-{day}.csv").touch()
    unlink = Path.unlink
    with monkeypatch.context() as patch:
        stuck = "a-2026-02-27.csv"
        patch.setattr(Path, "unlink", lambda file, **how: (kept if file.name == stuck else unlink)(file, **how))
        done = full("export", "csv", "a-{today}.csv", "--keep", "1")
    assert (done.status, done.err.splitlines()[1:]) == (
        0,
        ["Removed a-2026-02-28.csv", "a-2026-02-27.csv could not be removed: Operation not permitted"],
    )


@pytest.mark.parametrize(
    "typed",
    [
        ["clients.csv", "--keep", "3"],
        ["{today}/clients.csv", "--keep", "3"],
        ["{today}{today}.csv", "--keep", "3"],
        ["-", "--keep", "3"],
        ["a-{today}.csv", "--keep", "0"],
        ["a-{today}.csv", "--keep", "many"],
        ["a.csv", "--columns", ","],
        ["a.csv", "--columns", "nonsense"],
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_written(full, typed) -> None:
    before = sorted(Path().iterdir())
    done = full("export", "csv", *typed)
    assert (done.status, done.out) == (2, "")
    assert sorted(Path().iterdir()) == before


def test_a_failed_export_removes_no_old_file(full) -> None:
    for day in ("2026-02-27", "2026-02-28", "2026-03-01"):
        Path(f"a-{day}.csv").touch()
    assert full("export", "csv", "a-{today}.csv", "--keep", "1").status == 5
    assert len(list(Path().glob("a-*"))) == 3


# -- csv ----------------------------------------------------------------------------------------


def test_columns_of_a_csv_file(full) -> None:
    out = full("export", "csv", "-", "--columns", "id,name", "--columns", "membership_status,preference:News").out
    rows = list(csv.reader(io.StringIO(out)))
    assert rows[:3] == [
        ["id", "name", "membership_status", "preference:News"],
        ["1", "Zoé Müller", "active", "yes"],
        ["2", "Ana Dubois", "active", ""],
    ]


def test_columns_are_typed_and_sorted_by_as_in_lists(full) -> None:
    for line in (["add", "Mat, e-mail"], ["opt-in", "3", "--preference", "Mat, e-mail"]):
        assert full("preference", *line).status == 0
    done = full(
        "export", "csv", "-", "--columns", "first-name", "--columns", "preference:Mat, e-mail", "--sort", "first-name"
    )
    assert list(csv.reader(io.StringIO(done.out)))[:2] == [["first_name", "preference:Mat, e-mail"], ["Ana", ""]]
    for key in ("-last-name", "client_since", "membership-status"):
        wanted = full("client", "list", "--columns", "id", "--sort", key).lines
        assert full("export", "csv", "-", "--columns", "id", "--sort", key).lines[1:] == wanted
        assert full("export", "xlsx", "x", "--sort", key, "--force").status == 0
        rows = CalamineWorkbook.from_path("x").get_sheet_by_index(0).to_python()
        assert [str(int(row[0])) for row in rows[1:]] == wanted
    assert full("export", "csv", "-", "--columns", "id", "--sort", "preference:Mat, e-mail").lines[1] == "3"
    assert full("export", "csv", "-", "--sort", "nonsense").status == 2
    assert full("export", "xlsx", "y", "--sheets", "clients", "--sort", "name").status == 2


# -- vcard --------------------------------------------------------------------------------------


def test_vcards_are_valid_for_another_reader(full) -> None:
    full("field", "add", "Second e-mail", "--type", "email")
    full(
        "client",
        "edit",
        "1",
        "--field",
        "second_e_mail=z@example.org",
        "--company",
        "A; B, C\\D",
        "--birthday",
        "1990-02-28",
    )
    full("address", "add", "1", "--name", "Home", "--street", "1, rue X; fond", "--city", "Paris")
    cards = list(vobject.readComponents(full("export", "vcard", "-", "--with-notes").out))
    assert [card.fn.value for card in cards] == ["Zoé Müller", "Ana Dubois", "Łukasz Müller", "nameless@example.net"]
    first = cards[0]
    first.validate()
    assert (first.n.value.family, first.n.value.given) == ("Müller", "Zoé")
    assert [each.value for each in first.email_list] == ["zoe@example.com", "z@example.org"]
    assert first.org.value == ["A; B, C\\D"]
    assert first.bday.value == "1990-02-28"
    assert (first.adr.value.street, first.adr.value.city) == ("1, rue X; fond", "Paris")
    assert sorted(first.categories.value) == ["VIP", "Yoga"]
    assert first.note.value == "Very secret"
    assert first.rev.value.startswith("2026-03-01T")
    assert len({card.uid.value for card in cards}) == 4


def test_what_a_card_had_besides_is_written_again(do, book) -> None:
    Path("in.vcf").write_text(
        "BEGIN:VCARD\nVERSION:3.0\nN:Curie;Marie;;Dr;PhD\nFN:Marie Curie\nUID:urn:uuid:abc\nEMAIL:m@example.com\n"
        "item1.X-SPOUSE:Pierre\nitem1.X-ABLabel:Husband\nNICKNAME:Manya\nBDAY:--1107\nREV:2001-01-01T00:00:00Z\nEND:VCARD\n"
    )
    inprocess.fill(book, ("import", "vcard", "in.vcf"), ("address", "add", "1", "--name", "Lab", "--city", "Paris"))
    lines = inprocess.run("export", "vcard", "-", db=book).lines
    yearless = "BDAY;X-APPLE-OMIT-YEAR=1604:1604-11-07"
    for line in ("N:Curie;Marie;;Dr;PhD", "UID:urn:uuid:abc", "NICKNAME:Manya", yearless):
        assert lines.count(line) == 1
    assert [line for line in lines if line.startswith(("UID", "N:", "REV"))].__len__() == 3
    groups = {line.partition(".")[2]: line.partition(".")[0] for line in lines if line.startswith("item")}
    assert groups["X-SPOUSE:Pierre"] == groups["X-ABLabel:Husband"] != groups["X-ABLabel:Lab"]
    assert groups["ADR:;;;Paris;;;"] == groups["X-ABLabel:Lab"]
    inprocess.fill(book, ("client", "edit", "1", "--birthday", "1967-11-07", "--last", "Skłodowska"))
    lines = inprocess.run("export", "vcard", "-", "--version", "4.0", db=book).lines
    assert [line for line in lines if "BDAY" in line] == ["BDAY:19671107"]
    assert "N:Skłodowska;Marie;;Dr;PhD" in lines


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_photos_when_asked(full, version, tmp_path) -> None:
    from PIL import Image

    Image.new("RGB", (200, 100), "red").save("photo.png")
    full("client", "photo", "1", "photo.png")
    assert "PHOTO" not in full("export", "vcard", "-").out
    assert full("export", "vcard", "c.vcf", "--with-photos", "--version", version[0]).status == 0
    target = tmp_path / "target.db"
    opened.initialize(target, "Ana", {})
    inprocess.fill(target, ("import", "vcard", "c.vcf"))
    shown = inprocess.run("client", "list", "--columns", "name,photo", "--json", db=target).json
    assert [each["name"] for each in shown if each["photo"]] == ["Zoé Müller"]
    assert full("export", "vcard", "x", "--version", "2.1").status == 2


# -- ics ----------------------------------------------------------------------------------------


def events(out: str) -> dict[str, tuple[str, date]]:
    calendar = icalendar.Calendar.from_ical(out)
    found = calendar.walk("VEVENT")
    return {str(each["uid"]).partition("@")[0]: (str(each["summary"]), each.decoded("dtstart")) for each in found}


def test_the_days_of_a_calendar(full) -> None:
    out = full("export", "ics", "-").out
    assert events(out) == {
        "birthdays-3": ("Birthday: Łukasz Müller", date(1990, 2, 28)),
        "ends-1": ("Yoga ends: Zoé Müller", date(2026, 3, 5)),
        "billing-1": ("Yoga is billed: Zoé Müller", date(2026, 3, 2)),
        "billing-4": ("Pilates is billed: Łukasz Müller", date(2026, 4, 8)),
        "ends-2": ("Yoga ends: Ana Dubois", date(2027, 1, 14)),
        "tasks-1": ("Send the plan: Zoé Müller", date(2026, 3, 4)),
    }
    assert "secret" not in out
    only = events(full("export", "ics", "-", "--what", "tasks", "--what", "birthdays").out)
    assert list(only) == ["birthdays-3", "tasks-1"]
    assert full("export", "ics", "-", "--what", "holidays").status == 2


def test_a_calendar_is_valid_for_another_reader_and_keeps_its_ids(full) -> None:
    full("client", "edit", "1", "--birthday", "2000-02-29", "--first", "Zoé, ; \\ \x07\r\nSUMMARY:x " + "é" * 80)
    out = full("export", "ics", "-").out
    calendar = vobject.readOne(out)
    assert calendar.x_wr_calname.value == "clientctl"
    assert all(len(line.encode()) <= 75 for line in out.split("\r\n"))
    found = {each.uid.value: each for each in calendar.vevent_list}
    leap = next(each for uid, each in found.items() if uid.startswith("birthdays-1@"))
    years = list(leap.getrruleset(addRDate=True)[:3])
    assert [(day.year, day.month, day.day) for day in years] == [(2000, 2, 29), (2001, 2, 28), (2002, 2, 28)]
    full("client", "edit", "1", "--company", "Other")
    again = {each.uid.value for each in vobject.readOne(full("export", "ics", "-").out).vevent_list}
    assert again == found.keys()


def test_an_event_is_revised_when_what_it_is_called_after_is(full, monkeypatch) -> None:
    def revised() -> dict[str, str]:
        found = icalendar.Calendar.from_ical(full("export", "ics", "-").out).walk("VEVENT")
        return {str(each["uid"]).partition("@")[0]: f"{each.decoded('dtstamp'):%H:%M}" for each in found}

    assert set(revised().values()) == {"09:00"}
    for hour, *line in (
        (10, "client", "edit", "2", "--last", "Renamed"),
        (11, "plan", "edit", "Pilates", "--name", "Reformer"),
        (12, "client", "edit", "1", "--first", "Zoe"),
    ):
        monkeypatch.setenv("CLIENTCTL_NOW", f"2026-03-01T{hour}:00:00Z")
        assert full(*line).status == 0
    assert revised() == {
        "birthdays-3": "09:00",
        "ends-1": "12:00",
        "billing-1": "12:00",
        "billing-4": "11:00",
        "ends-2": "10:00",
        "tasks-1": "12:00",
    }


def test_a_calendar_without_a_day_is_said_to_be_empty(full) -> None:
    done = full("export", "ics", "-", "--what", "tasks", "--label", "VIP", "--no-member")
    assert (done.status, events(done.out), done.err) == (0, {}, "The calendar is empty.\n")


# -- e-mails ------------------------------------------------------------------------------------


def test_e_mails_of_those_who_agreed(full) -> None:
    assert full("export", "emails", "--opted-in", "News").out == "zoe@example.com\nLu@example.org\n"
    assert full("export", "emails", "--opted-in", "News", "--bcc").out == "zoe@example.com, Lu@example.org\n"
    merged = list(csv.DictReader(io.StringIO(full("export", "emails", "--opted-in", "News", "--merge").out)))
    assert merged[0] == {"first_name": "Zoé", "last_name": "Müller", "email": "zoe@example.com", "name": "Zoé Müller"}


def test_e_mails_are_searched_sorted_and_limited_as_lists_are(full) -> None:
    whose = ("export", "emails", "--everyone", "--yes")
    assert full(*whose, "müll").lines == full(*whose, "--sort", "email", "müll").lines[::-1]
    assert full(*whose, "müll", "--limit", "1", "--sort", "email").out == "Lu@example.org\n"
    assert full(*whose, "--bcc", "müll", "--sort", "-email").out == "zoe@example.com, Lu@example.org\n"
    assert full(*whose, "--bcc", "müll", "--sort", "email", "--limit", "1").out == "Lu@example.org\n"
    assert [full(*whose, "--bcc", "--exit-code", *more).status for more in ([], ["nobody"])] == [10, 0]
    assert full("client", "archive", "3").status == 0
    assert full(*whose, "--bcc", "müll").out == "zoe@example.com\n"
    assert full(*whose, "--bcc", "müll", "--archived").out == "Lu@example.org\n"


def test_everyone_is_asked_about(full, practice) -> None:
    refused = full("export", "emails")
    assert refused.status == 2
    assert "--opted-in" in refused.error.message
    assert full("export", "emails", "--everyone").status == 2
    assert full("export", "emails", "--everyone", "--opted-in", "News", "--yes").status == 2
    assert len(full("export", "emails", "--everyone", "--yes").lines) == 3
    setting = {"CLIENTCTL_DB": str(practice), "CLIENTCTL_TODAY": TODAY, "CLIENTCTL_NOW": NOW}
    asked = terminal.run("export", "emails", "--everyone", typed="n\n", **setting)
    assert asked.status == 1
    assert "did not agree" in asked.shown
    assert "@" not in asked.shown
    assert "nameless@example.net" in terminal.run("export", "emails", "--everyone", typed="y\n", **setting).shown


@pytest.mark.parametrize(
    "more",
    [
        *(["--bcc", each] for each in ("--merge", "--json", "--count", "-q", "--header")),
        ["--bcc", "--page", "2"],
        ["--merge", "--columns", "name"],
    ],
)
def test_ways_of_listing_e_mails_that_exclude_each_other(full, more) -> None:
    assert full("export", "emails", "--opted-in", "News", *more).status == 2


# -- workbooks ----------------------------------------------------------------------------------


def test_a_workbook_of_several_sheets_with_charts(full) -> None:
    assert full(*KINDS["sheets"], "w.xlsx").status == 0
    book = CalamineWorkbook.from_path("w.xlsx")
    assert book.sheet_names == ["Summary", "Clients", "Memberships", "Notes", "Tasks"]
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    assert [len(sheets[name]) - 1 for name in book.sheet_names[1:]] == [4, 5, 1, 3]
    assert sheets["Notes"][1][:5] == [1, "Zoé Müller", 1, "general", "Very secret"]
    assert [row[:2] for row in sheets["Summary"][:3]] == [["Members by plan", ""], ["Plan", "Members"], ["Yoga", 2]]
    drawn = openpyxl.load_workbook("w.xlsx")["Summary"]._charts
    assert len(drawn) == 2
    months = [row[:2] for row in sheets["Summary"] if str(row[0]).startswith("202")]
    assert (len(months), months[-1]) == (12, ["2026-03", 3])


def test_money_received_is_drawn_by_month_for_each_currency(full) -> None:
    for line in (("charge", "add", "--client", "1", "--amount", "1200", "--for", "Course"),
                 ("charge", "add", "--client", "2", "--amount", "15 CHF", "--for", "Mat"),
                 ("payment", "record", "C-1", "--type", "cash", "--amount", "1100"),
                 ("payment", "record", "C-2", "--type", "cash", "--on", "2026-02-11")):  # fmt: skip
        assert full(*line).status == 0, line
    assert full(*KINDS["sheets"], "w.xlsx").status == 0
    summary = openpyxl.load_workbook("w.xlsx")["Summary"]
    cells = {str(cell.value): cell.row for cell in summary["A"] if str(cell.value).startswith("Revenue")}
    assert list(cells) == ["Revenue by month, CHF", "Revenue by month, EUR"]
    for title, month, amount in (("CHF", 11, 15), ("CHF", 12, 0), ("EUR", 12, 1100)):
        cell = summary.cell(cells[f"Revenue by month, {title}"] + 1 + month, 2)
        assert (cell.value, cell.number_format) == (amount, "#,##0.00")
    assert len(summary._charts) == 4


def test_sheets_hold_the_clients_that_are_chosen(full) -> None:
    assert full(*KINDS["sheets"], "w.xlsx", "--label", "VIP").status == 0
    book = CalamineWorkbook.from_path("w.xlsx")
    counts = [
        len(book.get_sheet_by_name(name).to_python()) - 1 for name in ("Clients", "Memberships", "Notes", "Tasks")
    ]
    assert counts == [1, 1, 1, 1]
    for wrong in ("nonsense", "clients,,notes", ""):
        assert full("export", "xlsx", "x", "--sheets", wrong).status == 2
    assert full("export", "xlsx", "x", "--sheets", "clients", "--columns", "id").status == 2


def test_columns_of_an_excel_file(full) -> None:
    assert full("export", "xlsx", "c.xlsx", "--columns", "name,labels,birthday").status == 0
    rows = CalamineWorkbook.from_path("c.xlsx").get_sheet_by_index(0).to_python()
    assert rows[0] == ["Name", "Labels", "Birthday"]
    assert rows[3] == ["Łukasz Müller", "Pilates", date(1990, 2, 28)]


def test_an_amount_in_a_field_of_the_owners_keeps_its_currency(full, practice) -> None:
    """The currency of the file is another, and no column names it."""
    inprocess.fill(
        practice, ("field", "add", "Fee", "--type", "money"), ("client", "edit", "1", "--field", "fee=12.30 USD")
    )
    asked = ("client", "list", "Zoé Müller", "--columns", "fee")
    amount = {"fee": {"amount": "12.30", "currency": "USD"}}
    assert full(*asked, "--json").json == [amount]
    assert full(*asked, "--format", "csv").lines == ["fee", "12.30 USD"]
    assert full(*asked).out == "12.30 USD\n"
    assert full("client", "show", "1", "--json").json["fee"] == amount["fee"]
    for name in ("x.csv", "x.json", "x.xlsx"):
        assert full(*asked, "--out", name).status == 0
    assert Path("x.csv").read_text().split() == ["fee", "12.30", "USD"]
    assert json.loads(Path("x.json").read_bytes()) == [amount]
    assert full("export", "xlsx", "y.xlsx", "--columns", "id,fee").status == 0
    for cell in (openpyxl.load_workbook("x.xlsx").active["A2"], openpyxl.load_workbook("y.xlsx").active["B2"]):
        assert (cell.value, cell.number_format) == (12.3, "#,##0.00 [$USD]")


def test_totals_in_a_workbook_can_be_summed(full) -> None:
    assert full("charge", "add", "--client", "1", "--amount", "120 USD", "--for", "Mat").status == 0
    assert full("payment", "record", "C-1", "--type", "cash", "--amount", "100").status == 0
    assert full("client", "list", "Zoé Müller", "--columns", "spend,balance", "--out", "x.xlsx").status == 0
    cells = [openpyxl.load_workbook("x.xlsx").active[at] for at in ("A2", "B2")]
    assert [(cell.value, cell.number_format) for cell in cells] == [(at, "#,##0.00 [$USD]") for at in (100, 20)]


def test_what_excel_can_not_hold_is_said(full) -> None:
    assert full("client", "edit", "1", "--birthday", "1900-02-28").status == 0
    done = full("export", "xlsx", "c.xlsx", "--columns", "id,birthday")
    assert "Birthday: days before March 1900, which Excel can't hold, are texts\n" in done.err


def test_a_list_is_named_by_the_day_as_exports_are(full) -> None:
    done = full("client", "list", "--out", "dated-{today}.csv")
    assert (done.err, Path(f"dated-{TODAY}.csv").exists()) == (f"Wrote dated-{TODAY}.csv\n", True)


def test_a_plan_that_looks_like_a_formula_is_a_name_in_the_summary(full) -> None:
    full("plan", "edit", "Yoga", "--name", "=1+1&\x07")
    full(*KINDS["sheets"], "w.xlsx")
    cell = openpyxl.load_workbook("w.xlsx")["Summary"]["A3"]
    assert (cell.data_type, cell.value[:5]) == ("s", "=1+1&")
