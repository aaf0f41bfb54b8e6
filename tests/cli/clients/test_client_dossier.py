"""The `client dossier` command: everything about one person and nothing about others, in a plain zip file."""

import io
import json
import stat
import zipfile
from pathlib import Path

import filled
import inprocess
import looking
import pytest
import python_calamine
import terminal
from PIL import Image

from clientctl.store import attachments

HOME = {"CLIENTCTL_TODAY": "2026-03-01", "CLIENTCTL_NOW": "2026-03-01T09:00:00Z"}
PARTS = [
    "labels",
    "archived_fields",
    "addresses",
    "memberships",
    "packages",
    "package_entries",
    "orders",
    "charges",
    "payments",
    "credits",
    "payment_methods",
    "preferences",
    "consents",
    "documents",
    "uids",
    "merged",
    "history",
]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def zoe(do):
    """Add a record of every kind to client 1, Zoé Müller."""
    Path("scan.pdf").write_bytes(b"the scan")
    Path("other").mkdir()
    Path("other/SCAN.pdf").write_bytes(b"another scan")
    Image.new("RGB", (40, 60), "blue").save("blue.png")
    for line in (
        ("field", "add", "Nom du chien"),
        ("field", "add", "Portable 2", "--type", "phone"),
        ("field", "add", "Ancien"),
        ("client", "edit", "1", "--birthday", "1990-02-28", "--company-address", "2 rue Y"),
        ("client", "edit", "1", "--field", "nom_du_chien=Rex [bold]", "--field", "ancien=old value"),
        ("client", "edit", "1", "--field", "portable_2=06 12 34 56 78"),
        ("field", "archive", "ancien"),
        ("address", "add", "1", "--name", "Home", "--street", "1 rue X", "--city", "Paris"),
        ("preference", "add", "Newsletter"),
        ("preference", "opt-in", "1", "--preference", "Newsletter", "--how", "paper form"),
        ("preference", "opt-out", "1", "--preference", "Newsletter", "--how", "by phone"),
        ("document", "attach", "1", "scan.pdf"),
        ("document", "attach", "1", "other/SCAN.pdf", "--by-client"),
        ("client", "photo", "1", "blue.png"),
        ("note", "add", "1", "knee trouble"),
        ("task", "add", "1", "call about the knee"),
        ("note", "add", "2", "of somebody else"),
    ):
        done = do(*line)
        assert done.status == 0, (line, done)


def opened(path="zoe.zip"):
    """Return what is in a zip, by name; whatever unzip would stumble over fails here."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {each.filename: archive.read(each) for each in archive.infolist()}


def test_everything_is_in_it(do, zoe, practice):
    before = looking.dump_file(practice)
    done = do("client", "dossier", "zoe", "zoe.zip")
    assert done[:3] == (0, "", "Wrote zoe.zip: 7 files about Zoé Müller (1)\n")
    assert looking.dump_file(practice) == before
    assert stat.S_IMODE(Path("zoe.zip").stat().st_mode) == 0o600
    held = opened()
    assert list(held) == [
        "index.txt",
        "client.json",
        "client.xlsx",
        "client.vcf",
        "photo.jpg",
        "documents/scan.pdf",
        "documents/SCAN (2).pdf",
    ]
    assert (held["documents/scan.pdf"], held["documents/SCAN (2).pdf"]) == (b"the scan", b"another scan")
    assert Image.open(io.BytesIO(held["photo.jpg"])).format == "JPEG"
    client = json.loads(held["client.json"])
    assert list(client)[-len(PARTS) :] == PARTS
    assert (client["name"], client["birthday"], client["nom_du_chien"]) == ("Zoé Müller", "1990-02-28", "Rex [bold]")
    assert client["portable_2"] == "+33612345678"
    assert client["labels"] == [{"name": "VIP", "kind": "custom"}, {"name": "Yoga", "kind": "plan"}]
    assert client["archived_fields"] == [{"key": "ancien", "name": "Ancien", "value": "old value"}]
    assert [(each["street"], each["city"]) for each in client["addresses"]] == [("1 rue X", "Paris")]
    assert [(each["number"], each["plan"], each["price"]) for each in client["memberships"]] == [
        ("M-1", "Yoga", "49.90")
    ]
    assert [(each["preference"], each["opted"]) for each in client["preferences"]] == [("Newsletter", "out")]
    assert [(each["opted"], each["how"]) for each in client["consents"]] == [("in", "paper form"), ("out", "by phone")]
    assert [each["file"] for each in client["documents"]] == ["documents/scan.pdf", "documents/SCAN (2).pdf"]
    assert {"birthday": "1990-02-28"}.items() <= {each["field"]: each["is"] for each in client["history"]}.items()
    assert "TEL;TYPE=CELL:+33612345678" in held["client.vcf"].decode()
    assert "2 rue Y" in held["client.vcf"].decode()


def test_the_workbook_has_a_sheet_for_each_part(do, zoe):
    do("client", "dossier", "1", "zoe.zip")
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(opened()["client.xlsx"]))
    assert book.sheet_names == [
        "Details",
        "Labels",
        "Archived fields",
        "Addresses",
        "Memberships",
        "Packages",
        "Sessions used",
        "Orders",
        "Charges",
        "Payments",
        "Credits",
        "Payment methods",
        "Preferences",
        "Opted in and out",
        "Documents",
        "Known by in other files",
        "Merged records",
        "Every change",
    ]
    details = dict(book.get_sheet_by_name("Details").to_python()[1:])
    assert (details["Name"], details["Nom du chien"], details["Position"]) == ("Zoé Müller", "Rex [bold]", "")
    assert book.get_sheet_by_name("Addresses").to_python()[1][1:3] == ["Home", "1 rue X"]


def test_the_index_says_what_is_what(do, zoe):
    do("client", "dossier", "1", "zoe.zip", "--with-notes")
    index = opened()["index.txt"].decode()
    assert "\r\n" in index
    for said in (
        "What is held about Zoé Müller",
        "Ana Müller keeps this; it was put together on 2026-03-01 at ",
        "documents          2 files",
        "Addresses          1 entry",
        "Merged records     nothing",
        "Notes              1 entry",
    ):
        assert said in index


def test_private_notes_only_when_said_and_apart(do, zoe):
    do("client", "dossier", "1", "zoe.zip")
    without = opened()
    assert not [name for name in without if name.startswith("private")]
    for name, content in without.items():
        texts = [content, *(opened(io.BytesIO(content)).values() if name.endswith(".xlsx") else ())]
        assert not any(b"knee" in text for text in texts), name
    assert b"Private notes and tasks, if there are any, are not in here." in without["index.txt"]
    do("client", "dossier", "1", "zoe.zip", "--with-notes", "--force")
    with_notes = opened()
    assert without.items() - {("index.txt", without["index.txt"])} <= with_notes.items()
    assert set(with_notes) - set(without) == {"private/private.json", "private/private.xlsx"}
    private = json.loads(with_notes["private/private.json"])
    assert [note["text"] for note in private["notes"]] == ["knee trouble"]
    assert [task["description"] for task in private["tasks"]] == ["call about the knee"]
    assert [change["command"] for change in private["history"]] == ["note add", "task add"]
    assert "somebody else" not in with_notes["private/private.json"].decode()


def test_a_task_done_and_a_note_gone_are_held_too(do, zoe):
    do("task", "done", "1")
    do("note", "remove", "1", "--yes")
    do("client", "dossier", "1", "zoe.zip", "--with-notes")
    private = json.loads(opened()["private/private.json"])
    assert ([task["done"] for task in private["tasks"]], private["notes"]) == (["2026-03-01"], [])
    assert [each["was"] for each in private["history"] if each["command"] == "note remove"] != []


def test_the_same_data_at_the_same_time_give_the_same_bytes(do, zoe):
    do("client", "dossier", "1", "zoe.zip", "--with-notes")
    do("client", "dossier", "1", "again.zip", "--with-notes")
    assert Path("zoe.zip").read_bytes() == Path("again.zip").read_bytes()


def test_little_is_held_about_some(do):
    do("client", "dossier", "4", "zoe.zip")
    held = opened()
    assert list(held) == ["index.txt", "client.json", "client.xlsx", "client.vcf"]
    assert json.loads(held["client.json"])["email"] == "nameless@example.net"


def test_the_past_is_shown_with_its_documents(do, zoe):
    do("document", "remove", "1", "2", "--yes")
    do("client", "edit", "1", "--last", "Dubois")
    last = do("log", "--limit", "2", "-q").lines[0]
    do("client", "dossier", "1", "zoe.zip", "--as-of", last)
    held = opened()
    assert held["documents/scan.pdf"] == b"the scan"
    assert json.loads(held["client.json"])["last_name"] == "Müller"
    assert f"It shows what was held at an earlier time: {last}." in held["index.txt"].decode()
    do("client", "dossier", "1", "now.zip")
    assert [name for name in opened("now.zip") if name.startswith("documents/")] == []


def test_a_merged_record_is_part_of_it(do, zoe):
    do("client", "add", "--first", "Zoë", "--last", "Mueller", "--email", "old@example.com")
    assert do("client", "merge", "1", "6", "--yes").status == 0
    done = do("client", "dossier", "6", "zoe.zip")
    assert "client 6 was merged into 1" in done.err
    client = json.loads(opened()["client.json"])
    assert [(each["id"], each["email"]) for each in client["merged"]] == [(6, "old@example.com")]
    assert client["id"] == 1


def test_hostile_names_stay_inside(do):
    name = "x\r\nEND:VCARD\x1b[31m\u202e[/]"
    assert do("client", "add", "--last", name, "--email", "x@example.com").status == 0
    Path("f").write_bytes(b"x")
    do("document", "attach", "6", "f", "--name", "con.txt")
    do("document", "attach", "6", "f", "--name", "a\x1b]0;x\x07\u202e|?.txt")
    do("client", "dossier", "6", "zoe.zip")
    held = opened()
    assert [each for each in held if each.startswith("documents/")] == [
        "documents/_con.txt",
        "documents/a␛]0;x␇U+202E___.txt",
    ]
    assert held["client.vcf"].count(b"END:VCARD\r\n") == 1
    for text in (held["index.txt"], held["client.json"], held["client.vcf"]):
        assert b"\x1b" not in text
    assert "\u202e" not in held["index.txt"].decode()


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["1"], 2, "FILE"),
        (["1", "zoe.tar"], 2, "'zoe.tar' is not a zip file: end its name in .zip"),
        (["99", "zoe.zip"], 3, "no client matches '99'"),
        (["müller", "zoe.zip"], 4, "2 clients match"),
        (["1", "nowhere/zoe.zip"], 6, "its folder does not exist"),
        (["1", "there.zip"], 5, "'there.zip' already exists; --force replaces it"),
    ],
)
def test_what_can_not_be_written_leaves_nothing(run, practice, arguments, status, said):
    Path("there.zip").write_bytes(b"there")
    done = run("client", "dossier", *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr
    assert [path.name for path in Path().iterdir()] == ["there.zip"]
    assert Path("there.zip").read_bytes() == b"there"


def test_an_erased_client_has_none(do, practice):
    with looking.change(practice, "client delete") as db:
        from clientctl.store import erase

        erase.erase(db, [3], "2026-03-01")
    done = do("client", "dossier", "3", "zoe.zip")
    assert (done.status, Path("zoe.zip").exists()) == (5, False)
    assert "was erased on 2026-03-01" in done.error.message


def test_a_damaged_document_is_told_and_the_old_file_stays(do, zoe, practice):
    do("client", "dossier", "1", "zoe.zip")
    before = Path("zoe.zip").read_bytes()
    for each in attachments.folder_of(practice).iterdir():
        if each.read_bytes() == b"another scan":
            each.write_bytes(b"another scam")
            done = do("client", "dossier", "1", "zoe.zip", "--force")
            each.write_bytes(b"another scan")
    assert (done.status, "is not what was kept" in done.error.message) == (6, True)
    assert Path("zoe.zip").read_bytes() == before
    assert not [path.name for path in Path().iterdir() if path.name.endswith(".tmp")]


def test_on_a_terminal_it_says_the_same(practice):
    done = terminal.run("client", "dossier", "1", "zoe.zip", CLIENTCTL_DB=str(practice), **HOME)
    assert (done.status, "Wrote zoe.zip: 4 files about Zoé Müller (1)" in done.shown) == (0, True)


@pytest.mark.parametrize("now", ["1950-01-01T00:00:00Z", "2150-01-01T00:00:00Z"])
def test_a_clock_set_wrong_is_no_obstacle(run, practice, now):
    done = run("client", "dossier", "1", "zoe.zip", env={"CLIENTCTL_NOW": now})
    assert (done.returncode, done.stdout) == (0, "")
    assert len(opened()) == 4


def test_whatever_the_catalog_calls_personal_is_in_it(book, tmp_path, monkeypatch):
    """By catalog: a table about people that comes later is in it as well, or this fails."""
    monkeypatch.chdir(tmp_path)
    with looking.change(book, "fill") as db:
        texts = filled.fill(db, [1, 2])
        addresses = "email = id || '@example.com', login_email = id || '@example.org'"
        db.connection.execute(f"UPDATE clients SET photo = NULL, {addresses}")
    with looking.change(book, "document remove") as db:
        db.connection.execute("DELETE FROM documents")  # no file of theirs is there; their names are in the history
    assert inprocess.run("client", "dossier", "id:1", "one.zip", "--with-notes", db=book).status == 0
    with zipfile.ZipFile("one.zip") as made:
        held = "".join(made.read(name).decode() for name in made.namelist() if name.endswith(".json"))
    texts |= {("clients", "email", 1): "1@example.com", ("clients", "login_email", 1): "1@example.org"}
    worked_out = {"photo", "digest"}
    lacking = [
        (table, column)
        for (table, column, person), text in texts.items()
        if person == 1 and not column.endswith("_key") and column not in worked_out and text not in held
    ]
    assert lacking == []
    others = {text for (_, _, person), text in texts.items() if person == 2}
    assert not [text for text in others if text in held]
