"""The `import csv` command: its reports and refusals, the files beside the database, and how to undo it."""

import csv
import io
import json

import inprocess
import looking
import pytest
import samples
from openpyxl import Workbook

HEADER = "Prénom;Nom;E-mail;Formule;Tarif;Prix;Début;Statut;Newsletter\n"
ANA = "Ana;Müller;ana@example.com;Yoga;Mensuel;49,90 €;31/01/2025;Actif;oui\n"
BEN = "Ben;Smith;ben@example.com;;;;;;non\n"
BAD = "Cleo;Smith;cleo@;Pilates;Mensuel;30;31/02/2025;Actif;non\n"


@pytest.fixture
def do(book):
    return lambda *arguments: inprocess.run(*arguments, db=book)


@pytest.fixture
def sheet(tmp_path):
    """Return a function that writes a sheet and gives its path."""

    def write(text, name="members.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return path

    return write


def rows(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def clients(do):
    return do("client", "list", "--columns", "name").lines


# -- what is said --------------------------------------------------------------------------------


def test_a_sheet_is_read_taken_in_and_taken_back(do, sheet, book):
    before = looking.dump_file(book)
    done = do("import", "csv", sheet("\ufeff" + HEADER + ANA + BEN))
    assert (done.status, done.out) == (0, "")
    assert done.err.splitlines() == [
        "Read members.csv: UTF-8 with BOM, columns separated by ;, days as DD/MM/YYYY",
        "Ignored unrecognized columns: Newsletter (--map 'Column=field' assigns one, or ignore)",
        "Created 1 plan: Yoga",
        "Created 1 rate: Yoga/Mensuel",
        "Imported 2 rows: clients 2 added, 0 updated; memberships 1 added, 0 updated; 0 unchanged",
    ]
    assert do("import", "list", "--columns", "number,file,rows,rejected").lines == ["#2\tmembers.csv\t2\t0"]
    assert do("log", "--columns", "number,command,touched").lines[-1] == "#2\timport csv\t#2"
    assert do("undo").status == 0
    assert looking.dump_file(book) == before
    assert do("import", "csv", sheet(HEADER + ANA + BEN), "-q").out == "#4\n"


HOLD = " (--hold-unclear suspends the live ones)"


def test_what_to_look_at_is_told_and_long_lists_are_cut(do, sheet):
    people = "".join(f"Ana;Müller;;P{n};R;1;31/01/2024;Expiré;(07700) 900-{n}\n" for n in range(100, 122))
    header = HEADER.replace("Newsletter", "Tél")
    done = do("import", "csv", sheet(header + people + "Ben;Smith;;;;;;;123\n"), "--rate", "R=once")
    assert done.err.splitlines()[1:] == [
        "Created 22 plans: P100, P101, P102, P103, P104 and 17 more",
        "Created 22 rates: P100/R, P101/R, P102/R, P103/R, P104/R and 17 more",
        "Stored as typed, as not a valid number: 23 phones",
        *(f"  line {n - 98}: Ana Müller, (07700) 900-{n}" for n in range(100, 120)),
        "  … and 3 more (--notes FILE lists all)",
        f"Status in the file differs from the computed status{HOLD}: 22 memberships",
        *(f"  line {n - 98}: Ana Müller, M-{n - 99} is active here, expired in the file" for n in range(100, 120)),
        "  … and 2 more (--notes FILE lists all)",
        "Imported 23 rows: clients 23 added, 0 updated; memberships 22 added, 0 updated; 0 unchanged",
    ]


def test_json_shows_the_import(do, sheet):
    done = do("import", "csv", sheet(HEADER + ANA + BEN), "--json")
    shown = done.json
    assert (shown["number"], shown["file"], shown["rows"], shown["memberships_added"]) == ("#2", "members.csv", 2, 1)


def test_a_dry_run_says_the_same_and_leaves_nothing(do, sheet, book, tmp_path):
    before = looking.dump_file(book)
    path = sheet(HEADER + ANA + BEN + BAD)
    rejects = tmp_path / "rejects.csv"
    dry = do("import", "csv", path, "--dry-run", "--skip-bad", rejects)
    assert not rejects.exists()
    assert looking.dump_file(book) == before
    wet = do("import", "csv", path, "--skip-bad", rejects)
    said = dry.err.replace("which would be in", "with the reason in").splitlines()
    assert said == [*wet.err.splitlines(), "Dry run: nothing was changed."]
    assert len([line for line in said if line.startswith("  line 4: ")]) == 1


def test_the_member_sheet_ends_in_who_ends_within_a_week(do, tmp_path):
    path = samples.write(tmp_path, "members-fr.csv", samples.people(2026, 400))
    assert do("import", "csv", path).status == 0
    due = do("membership", "due", "--within", "7", "--exit-code", "--columns", "ends")
    assert due.status == 10
    assert all("2026-03-01" <= day <= "2026-03-08" for day in due.lines)


# -- how a file is read --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "shown"), [("utf-8-sig", "UTF-8 with BOM"), ("utf-16", "UTF-16"), ("cp1252", "cp1252")]
)
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_encoding_and_delimiter_are_recognized(do, sheet, encoding, shown, delimiter):
    text = "Prénom;Client depuis\nHélène;31/12/2025\nZoé;01/02/2026\n".replace(";", delimiter)
    done = do("import", "csv", sheet(text, encoding=encoding))
    assert done.err.startswith(f"Read members.csv: {shown}, columns separated by {delimiter.replace(chr(9), 'tabs')},")
    assert do("client", "list", "--columns", "name,client_since").lines == ["Hélène\t2025-12-31", "Zoé\t2026-02-01"]


def test_encoding_and_delimiter_can_be_said(do, sheet):
    path = sheet("Prénom\tNote, ou pas; bref\nAnaïs\tx\n", encoding="mac-roman")
    done = do("import", "csv", path, "--encoding", "mac-roman", "--delimiter", "tab")
    assert (done.status, clients(do)) == (0, ["Anaïs"])


def test_columns_are_mapped_ignored_and_named(do, sheet):
    path = sheet("Pseudo;Courriel du travail;Chat;Humeur\nAna;ana@example.com;Minou;bof\n")
    mapped = ("--map", "pseudo=first_name", "--map", "Courriel du travail=email", "--map", "Chat=ignore")
    done = do("import", "csv", path, *mapped)
    assert "Ignored unrecognized columns: Humeur (" in done.err
    assert do("client", "list", "--columns", "name,email").lines == ["Ana\tana@example.com"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--map", "Humeur=first_name"], "no column 'Humeur' in the sheet: it has 'Prénom', 'Nom'"),
        (["--map", "Prénom=vorname"], "no field 'vorname' to map to: use first_name,"),
        (["--map", "Prénom"], "--map Prénom: write it like --map 'Column=field'"),
        (["--map", "=email"], "--map =email: write it like"),
        (["--rate", "Mensuel"], "--rate Mensuel: write it like --rate 'Mensuel=1m'"),
        (["--rate", "Mensuel=souvent"], "not a duration: 'souvent'"),
        (["--rate", "Menseul=1m"], "no row has the rate 'Menseul' that --rate is about"),
        (["--same-email", "maybe"], "--same-email maybe: use match or new"),
        (["--date-format", "D/M"], "no day format 'D/M': use DD/MM/YYYY"),
        (["--delimiter", "x"], "no delimiter 'x'"),
        (["--encoding", "ebcdic-de"], "no encoding 'ebcdic-de'"),
    ],
)
def test_what_is_typed_wrong_is_named(do, sheet, arguments, message):
    done = do("import", "csv", sheet(HEADER + ANA), *arguments)
    assert done.status == 2
    assert done.error.message.startswith(message)
    assert clients(do) == []


def test_days_that_can_be_read_two_ways_are_never_guessed(do, sheet, book):
    path = sheet("Prénom;Client depuis\nAna;01/02/2026\n")
    done = do("import", "csv", path)
    assert done.status == 5
    assert done.error.message == (
        "'01/02/2026' can be read with the day or the month first: say --date-format DD/MM/YYYY or MM/DD/YYYY"
    )
    for arguments, since in (
        (["--date-format", "DD/MM/YYYY"], "2026-02-01"),
        (["--date-format", "MM/DD/YYYY"], "2026-01-02"),
    ):
        assert do("import", "csv", path, *arguments).status == 0
        assert do("client", "list", "--columns", "client_since").lines == [since]
        do("undo")
    do("config", "set", "day_first", "no")
    assert "days as MM/DD/YYYY" in do("import", "csv", path).err


@pytest.mark.parametrize(
    ("name", "content", "status", "message"),
    [
        ("x.csv", b"", 7, "'x.csv' is empty: a list needs a line with the names of its columns"),
        ("x.csv", HEADER.encode(), 7, "'x.csv' has a header and no rows: is it the right file?"),
        ("x.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 7, "'x.csv' is not text (a NUL in line"),
        ("x.csv", b"Humeur;Chat\nbof;Minou\n", 7, "'x.csv' has no column that names a person: say which is which"),
        ("x.csv", b'Nom;Chat\nAna;"Minou\n', 7, "a quote opened in the row at line 2 of 'x.csv' is not closed"),
        ("", b"", 7, "is a folder: name a file in it"),
        ("there-is-none.csv", None, 3, "no file '"),
    ],
)
def test_what_is_no_sheet_is_refused(do, tmp_path, name, content, status, message):
    path = tmp_path / name
    if content is not None and name:
        path.write_bytes(content)
    done = do("import", "csv", path)
    assert done.status == status
    assert message in done.error.message


def test_a_workbook_that_is_called_csv_is_named_with_what_takes_it(do, tmp_path):
    book, path = Workbook(), tmp_path / "x.csv"
    book.active.append(["First name"])
    book.active.append(["Ana"])
    book.save(path)
    done = do("import", "csv", path)
    assert done.status == 7
    assert f"'x.csv' is an Excel file: `clientctl import xlsx {path}` takes it" in done.error.message


# -- bad rows ------------------------------------------------------------------------------------


def test_with_a_bad_row_nothing_is_imported_and_each_is_told(run, book, sheet):
    before = looking.dump_file(book)
    path = sheet(HEADER + BAD + ANA + ";;;;;;;;x\n" + "Zoé;;;Gym;Abo;5;1/2/2025;;\n")
    done = run("import", "csv", path)
    assert (done.returncode, done.stdout) == (7, "")
    assert done.stderr.splitlines() == [
        "clientctl: 3 rows can't be imported, so nothing was: correct them, or leave them out with --skip-bad REJECTS",
        "  line 2: Début: '31/02/2025' is no day with the day first",
        "  line 4: names nobody: it has no name, e-mail or phone",
        "  line 5: how often is 'Abo' paid? say --rate 'Abo=1m', or --rate 'Abo=once' if it is paid once",
    ]
    error = json.loads(run("import", "csv", path, "--json").stderr)["error"]
    assert (error["code"], len(error["details"])) == ("bad_input", 3)
    assert looking.dump_file(book) == before


def test_the_rest_is_imported_and_the_rejects_come_back_when_mended(do, sheet, tmp_path):
    rejects = tmp_path / "rejects.csv"
    guarded = 'Eve;"\'=cmd|x;1";eve@;;;;;;"a;b"\n'
    done = do("import", "csv", sheet(HEADER + ANA + BAD + guarded + BEN), "--skip-bad", rejects)
    assert done.status == 0
    assert f"Left out 2 bad rows, with the reason in {rejects}\n  line 3: Début: '31/02/2025' is no day" in done.err
    assert "Imported 2 rows: clients 2 added" in done.err
    assert do("plan", "list", "--columns", "name").lines == ["Yoga"]  # none of what only bad rows name
    header, cleo, eve = rows(rejects)
    assert header == [*HEADER.strip().split(";"), "reason"]
    assert cleo == [*BAD.strip().split(";"), "Début: '31/02/2025' is no day with the day first"]
    assert eve == ["Eve", "'=cmd|x;1", "eve@", "", "", "", "", "", "a;b", rows(rejects)[2][-1]]
    assert rejects.stat().st_mode & 0o077 == 0

    again = tmp_path / "again.csv"
    done = do("import", "csv", rejects, "--skip-bad", again)
    assert rows(again) == rows(rejects)
    assert "reason" not in done.err.replace("with the reason in", "")
    rejects.write_text(rejects.read_text("utf-8").replace("31/02", "28/02").replace("@;", "@example.com;"), "utf-8")
    assert do("import", "csv", rejects).status == 0
    assert clients(do) == ["Ana Müller", "Ben Smith", "Cleo Smith", "Eve =cmd|x;1"]


def test_rejects_are_no_file_that_is_there_and_never_the_one_that_is_read(do, sheet, tmp_path):
    path = sheet(HEADER + ANA + BAD)
    rejects = sheet("keep me", "rejects.csv")
    done = do("import", "csv", path, "--skip-bad", rejects)
    assert (done.status, rejects.read_text()) == (5, "keep me")
    assert done.error.message.endswith("already exists; --force replaces it")
    assert do("import", "csv", path, "--skip-bad", path, "--force").status == 2
    assert path.read_text("utf-8") == HEADER + ANA + BAD
    assert do("import", "csv", path, "--skip-bad", tmp_path / "nowhere" / "x.csv").status == 6
    assert clients(do) == []
    assert do("import", "csv", path, "--skip-bad", rejects, "--force").status == 0
    assert len(rows(rejects)) == 2


def test_without_a_bad_row_there_are_no_rejects(do, sheet, tmp_path):
    assert do("import", "csv", sheet(HEADER + ANA), "--skip-bad", tmp_path / "rejects.csv").status == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clients.db", "members.csv"]


@pytest.mark.parametrize(("settled", "people"), [("match", ["Ana Müller"]), ("new", ["Ana Müller", "Ana Dupont"])])
def test_an_e_mail_under_another_name_is_settled(do, sheet, settled, people):
    path = sheet(HEADER + ANA + "Ana;Dupont;ana@example.com;;;;;;\n")
    assert do("import", "csv", path, "--same-email", settled).status == 0
    assert clients(do) == people


# -- the same again ------------------------------------------------------------------------------


def test_the_same_rows_are_refused_until_they_are_undone_or_wanted_again(do, sheet):
    path = sheet(HEADER + ANA + BEN)
    assert do("import", "csv", path).status == 0
    copy = sheet(HEADER + BEN + ANA, "copy.csv", "utf-16")
    for more in ([], ["--dry-run"]):
        done = do("import", "csv", copy, *more)
        assert done.status == 5
        assert done.error.message == (
            "the same rows were imported already by #2, from members.csv: --again imports them again"
        )
    assert do("import", "csv", copy, "--again").err.splitlines()[-1].endswith("; 2 unchanged")
    do("undo")
    do("undo")
    assert do("import", "csv", copy).status == 0


def test_a_request_is_done_once(do, sheet, book):
    path = sheet(HEADER + ANA + BAD)
    rejects = ("--skip-bad", path.with_name("rejects.csv"))
    assert do("import", "csv", path, "--request-id", "r1", *rejects).status == 0
    before = looking.dump_file(book)
    again = do("import", "csv", path, "--request-id", "r1", "-q", *rejects)
    assert (again.status, again.out, again.err) == (0, "#2\n", "already done (#2)\n")
    assert do("import", "csv", path, "--request-id", "r1", "--json").json["number"] == "#2"
    assert looking.dump_file(book) == before


def test_a_card_number_is_never_shown_nor_kept(run, book, sheet):
    number = "4111 1111 1111 1111"
    for cells in (f"Ana;{number};;;;;;;", f"Ana;;;Yoga;{number};5;31/01/2025;;", f"Ana;;;Yoga;Mensuel;5;{number};;"):
        done = run("import", "csv", sheet(HEADER + cells + "\n"))
        assert done.returncode == 7
        assert "ending in 1111, is never stored" in done.stderr
        assert number not in done.stderr
    assert number.encode() not in book.read_bytes()


def test_what_a_sheet_says_is_shown_inert(run, book, sheet):
    hostile = "\x1b[31mred\u202e[bold]"
    done = run("import", "csv", sheet(f"Prénom;{hostile};Formule;Tarif\n{hostile};x;{hostile};\n"))
    assert done.returncode == 7
    assert "\x1b" not in done.stderr
    assert "\u202e" not in done.stderr
    assert "␛[31mred" in done.stderr


def test_an_import_of_nothing_new_still_leaves_its_entry(do, sheet):
    do("import", "csv", sheet(HEADER + ANA))
    assert do("import", "csv", sheet(HEADER + ANA), "--again").status == 0
    assert do("import", "list", "--columns", "number,unchanged").lines == ["#2\t0", "#3\t1"]


def test_nothing_imported_yet_is_an_empty_list(do):
    done = do("import", "list")
    assert (done.status, done.out) == (0, "")
    assert io.StringIO(done.err).read() in {"", "Nothing was imported yet.\n"}


def test_of_a_file_that_is_quite_another_thing_not_every_row_is_named(do, tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("Name,E-mail\n" + "x,b\n" * 7_000, encoding="utf-8")
    done = do("import", "csv", path)
    assert done.status == 7
    assert "is this the right file?" in done.error.message
    assert 5_000 <= len(done.error.details) < 7_000
    done = do("import", "csv", path, "--skip-bad", tmp_path / "rejects.csv")
    assert "Left out 7000 bad rows" in done.err
    assert len((tmp_path / "rejects.csv").read_text("utf-8").splitlines()) == 7_001
