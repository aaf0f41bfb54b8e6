"""The `document` commands: files are stored and written unchanged, and backed up and verified with the database."""

import os
import stat
from pathlib import Path

import looking
import pytest
import terminal

from clientctl.store import attachments

HOME = {"CLIENTCTL_TODAY": "2026-03-01", "CLIENTCTL_NOW": "2026-03-01T09:00:00Z"}
CONTENT = bytes(range(256)) * 9000
"""Over two pieces of what is copied at once."""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Path("plan.pdf").write_bytes(CONTENT)


def kept(practice: Path) -> list[str]:
    folder = attachments.folder_of(practice)
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


def test_a_document_comes_out_as_it_went_in(do, practice) -> None:
    done = do("document", "attach", "ana dubois", "plan.pdf", "--json")
    assert done.err == f"Attached document 1 (Ana Dubois (2)): plan.pdf, {len(CONTENT)} bytes\n"
    assert done.json["name"] == "plan.pdf"
    assert (done.json["client"], done.json["bytes"], done.json["shared_by"]) == ("Ana Dubois", len(CONTENT), "us")
    Path("plan.pdf").unlink()
    assert do("document", "save", "1").err == "Wrote plan.pdf\n"
    assert Path("plan.pdf").read_bytes() == CONTENT
    assert stat.S_IMODE(Path("plan.pdf").stat().st_mode) == 0o600
    Path("folder").mkdir()
    assert do("document", "save", "1", "folder").err == "Wrote folder/plan.pdf\n"
    assert do("document", "save", "1", "folder")[:2] == (5, "")
    assert do("document", "save", "1", "folder", "--force").status == 0
    assert kept(practice) == [done.json["digest"]]


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("../../x", "x"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\x.pdf", "x.pdf"),
        ("C:\\Users\\x.pdf", "x.pdf"),
        ("...bashrc", "bashrc"),
        ("a\nb\tc.pdf", "a b c.pdf"),
        ("Ünïcode 😀.pdf", "Ünïcode 😀.pdf"),
        ("-rf", "-rf"),
    ],
)
def test_a_name_is_only_a_name(do, name, called) -> None:
    assert do("document", "attach", "1", "plan.pdf", "--name", name, "--by-client", "--json").json["name"] == called
    assert do("document", "save", "1").status == 0
    assert {path.name for path in Path().iterdir()} == {"plan.pdf", called}


def test_controls_in_a_name_reach_neither_the_terminal_nor_the_disk(do, practice) -> None:
    assert do("document", "attach", "1", "plan.pdf", "--name", "\x1b[31m\u202efdp.exe").status == 0
    seen = terminal.run("document", "list", CLIENTCTL_DB=str(practice), **HOME)
    assert (seen.status, "\x1b" in seen.shown) == (0, False)
    assert do("document", "save", "1").status == 0
    assert Path("␛[31m<U+202E>fdp.exe").exists()


def odd_files() -> None:
    Path("folder").mkdir()
    os.mkfifo("pipe")
    Path("link").symlink_to("plan.pdf")
    with Path("huge").open("wb") as file:
        file.truncate(5 << 30)


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["attach", "1", "missing.pdf"], 3, "no file 'missing.pdf'"),
        (["attach", "nobody", "plan.pdf"], 3, "'nobody'"),
        (["attach", "1", "folder"], 7, "is a folder"),
        (["attach", "1", "pipe"], 7, "not a regular file"),
        (["attach", "1", "/dev/zero"], 7, "not a regular file"),
        (["attach", "1", "link"], 7, "is a link"),
        (["attach", "1", "huge"], 7, "over 100 MB"),
        (["attach", "1", "plan.pdf", "--name", ".."], 2, "is not a name for a document"),
        (["attach", "1", "plan.pdf", "--name", "ü" * 101], 2, "too long"),
        (["attach", "1", "plan.pdf", "--name", "4111 1111 1111 1111.pdf"], 5, "ending in 1111"),
        (["attach", "1", "plan.pdf", "--name", "a\0b"], 2, "can't be stored"),
        (["save", "9"], 3, "no document 9"),
        (["save", "x"], 2, "not the number of a document"),
        (["remove", "9", "--yes"], 3, "no document 9"),
        (["list", "nobody"], 3, "'nobody'"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(do, practice, typed, status, says) -> None:
    odd_files()
    before = looking.dump_file(practice)
    done = do("document", *typed)
    assert (done.status, done.out, done.err) == (status, "", "")
    assert says in done.error.message
    assert (looking.dump_file(practice), kept(practice)) == (before, [])


def test_the_same_file_again_is_said_and_not_doubled(do, practice) -> None:
    do("document", "attach", "1", "plan.pdf")
    assert (
        do("document", "attach", "1", "plan.pdf").err
        == "Zoé Müller (1) already has plan.pdf: document 1 (Zoé Müller (1))\n"
    )
    assert do("document", "attach", "1", "plan.pdf", "--name", "other.pdf").status == 0
    assert do("document", "attach", "2", "plan.pdf", "--by-client").status == 0
    rows = [line.split("\t") for line in do("document", "list", "--columns", "id,name,client,shared_by").lines]
    assert rows == [
        ["1", "plan.pdf", "Zoé Müller", "us"],
        ["2", "other.pdf", "Zoé Müller", "us"],
        ["3", "plan.pdf", "Ana Dubois", "client"],
    ]
    assert do("document", "list", "zoé", "-q").lines == ["1", "2"]
    assert len(kept(practice)) == 1
    do("client", "archive", "1")
    assert do("document", "list", "-q").lines == ["3"]
    assert do("document", "list", "1", "-q").lines == ["1", "2"]


def test_a_dry_run_keeps_no_file(do, practice) -> None:
    assert do("document", "attach", "1", "plan.pdf", "-n").err.endswith("Dry run: nothing was changed.\n")
    assert kept(practice) == []


def test_removing_asks_and_undo_finds_the_file_again(do, practice) -> None:
    do("document", "attach", "1", "plan.pdf")
    before = looking.dump_file(practice)
    refused = do("document", "remove", "1")
    assert (refused.status, "document 1 (Zoé Müller (1)): 'plan.pdf'" in refused.error.message) == (2, True)
    seen = terminal.run("document", "remove", "1", typed="y\n", width=200, CLIENTCTL_DB=str(practice), **HOME)
    assert seen.status == 0
    assert "document 1 (Zoé Müller (1)): 'plan.pdf'. Remove it?" in seen.shown
    assert do("document", "list").out == ""
    assert do("document", "save", "1", "again.pdf").status == 3
    then = do("log", "--limit", "1", "-q").out.strip()
    assert do("document", "save", "1", "then.pdf", "--as-of", then).status == 0
    assert Path("then.pdf").read_bytes() == CONTENT
    assert do("undo").status == 0
    assert looking.dump_file(practice) == before
    assert do("document", "save", "1", "again.pdf").status == 0
    assert Path("again.pdf").read_bytes() == CONTENT


def test_a_damaged_or_missing_file_is_named_and_never_given_out(do, practice) -> None:
    do("document", "attach", "1", "plan.pdf")
    (file,) = attachments.folder_of(practice).iterdir()
    file.write_bytes(CONTENT[:-1])
    found = do("db", "verify")
    assert (found.status, found.out) == (10, f"documents\t1\tdigest\tthe file {file.name} is not what was kept\n")
    assert do("document", "save", "1", "copy.pdf").status == 6
    file.unlink()
    assert "is missing" in do("db", "verify").out
    assert do("document", "save", "1", "copy.pdf").status == 6
    assert not Path("copy.pdf").exists()
    backed = do("db", "backup", "safe.db")
    assert (backed.status, "1 attached file is missing or damaged" in backed.err) == (0, True)
    do("document", "attach", "2", "plan.pdf")
    assert do("db", "verify").status == 0


def test_the_database_counts_its_files_and_a_backup_has_them(do) -> None:
    do("document", "attach", "1", "plan.pdf")
    Path("other.pdf").write_bytes(b"other")
    do("document", "attach", "1", "other.pdf")
    info = do("db", "info", "--json").json
    assert (info["files"], info["file_bytes"], info["documents"]) == (2, len(CONTENT) + 5, 2)
    assert "with 2 files, verified" in do("db", "backup", "safe.db").err
    assert do("document", "save", "1", "copy.pdf", "--db", "safe.db").status == 0
    assert Path("copy.pdf").read_bytes() == CONTENT
    assert do("db", "verify", "--db", "safe.db").status == 0


def test_the_card_lists_the_documents(do) -> None:
    do("document", "attach", "1", "plan.pdf")
    (shown,) = do("client", "show", "1", "--json").json["documents"]
    assert (shown["id"], shown["name"], shown["shared_by"]) == (1, "plan.pdf", "us")
