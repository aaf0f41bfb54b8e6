"""The `client delete` command: what it refuses, asks and reports, and that nobody comes back."""

import re
import shutil
from pathlib import Path

import pytest
import terminal
from looking import dump_file, files, list_contained

GONE = "nameless@example.net (4) would be deleted for good"
ENDED = ("membership", "cancel", "M-2", "--now")


def test_one_who_has_no_membership_goes(do, practice) -> None:
    done = do("client", "delete", "nameless@example.net", "--yes")
    assert (done.status, done.out) == (0, "")
    assert done.err.splitlines() == [
        "clients: 1 left without name, contacts and all other details",
        "client labels: 1 removed",
        "memberships: 1 kept for the books, free texts blanked",
        "and all their earlier versions in the history",
        "Deleted client 4: it is Anonymous #4 now",
    ]
    assert list_contained(practice, "nameless", "moves away") == []
    assert do("client", "show", "4").out.startswith("id\t4\nname\tAnonymous #4\n")
    assert do("membership", "list", "--client", "4", "--columns", "number,client,cancel_reason").lines == [
        "M-5\tAnonymous #4\t"
    ]
    assert do("client", "list", "--as-of", "#12", "-q").out == do("client", "list", "--as-of", "#12", "-q").out
    assert do("client", "show", "4", "--as-of", "#12").lines[1] == "name\tAnonymous #4"
    assert do("client", "list", "nameless").out == ""
    assert do("log", "--columns", "command,touched,final").lines[-1] == "client delete\t4\tyes"
    undone = do("undo")
    assert (undone.status, undone.error.message) == (5, "nothing to undo: #23 client delete is final")


def test_what_stays_for_the_books_is_named_in_plain_words(do) -> None:
    do("plan", "add", "Single", "--kind", "package")
    do("rate", "add", "Single", "Normal", "--price", "15", "--sessions", "1")
    do("package", "sell", "--client", "4", "--plan", "Single", "--paid", "card")
    do("package", "use", "--client", "4")
    told = do("client", "delete", "4", "-n").err.splitlines()
    assert "package entries: 1 kept for the books, free texts blanked" in told
    assert not any("_" in line for line in told)


def test_nobody_goes_while_a_membership_is_live_or_coming(do, practice) -> None:
    before = files(practice)
    done = do("client", "delete", "1", "--yes")
    assert (done.status, done.error.message) == (
        5,
        "Zoé Müller (1) has M-1 (active): `clientctl membership cancel M-1 --now` ends it",
    )
    done = do("client", "delete", "1", "2", "3", "4", "--yes")
    assert (done.status, done.error.message) == (5, "3 memberships and packages are not over: end them first")
    assert done.error.details == (
        "Zoé Müller (1) has M-1 (active): `clientctl membership cancel M-1 --now` ends it",
        "Ana Dubois (2) has M-2 (active): `clientctl membership cancel M-2 --now` ends it",
        "Łukasz Müller (3) has M-4 (upcoming): `clientctl membership cancel M-4 --now` ends it",
    )
    assert files(practice) == before
    for number in ("M-1", "M-2", "M-4"):
        assert do("membership", "cancel", number, "--now").status == 0
    assert do("client", "delete", "1", "2", "3", "4", "--yes").status == 0


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ([], 2),
        (["4"], 2),
        (["4", "--label", "VIP", "--yes"], 2),
        (["99", "--yes"], 3),
        (["name:Müller Zoé", "4", "99", "--yes"], 3),
        (["4", "--as-of", "#3", "--yes"], 2),
        (["--where", "nix is x", "--yes"], 2),
        (["--segment", "Nix", "--yes"], 3),
    ],
)
def test_what_is_refused_changes_nothing(do, practice, typed, status) -> None:
    before = files(practice)
    done = do("client", "delete", *typed)
    assert (done.status, done.out) == (status, "")
    assert files(practice) == before


def test_without_a_terminal_it_asks_for_yes(do) -> None:
    assert do("client", "delete", "4").error.message == f"{GONE}: confirm with --yes"


def test_chosen_by_filters_and_segments(do, practice) -> None:
    do("client", "add", "--first", "Un", "--last", "Effacer", "--company", "Bye")
    do("client", "add", "--first", "Deux", "--last", "Effacer", "--company", "Bye")
    do("segment", "save", "Leaving", "--where", "company is Bye")
    assert do("client", "delete", "--segment", "Leaving", "--dry-run").err.splitlines() == [
        "clients: 2 left without name, contacts and all other details",
        "and all their earlier versions in the history",
        "Deleted client 6: it is Anonymous #6 now",
        "Deleted client 7: it is Anonymous #7 now",
        "Dry run: nothing was changed.",
    ]
    assert do("client", "list", "--segment", "Leaving", "--count").out == "2\n"
    done = do("client", "delete", "--where", "company is Bye", "--yes", "-q")
    assert (done.status, done.out) == (0, "6\n7\n")
    assert "Not searched for, being shorter than four characters: first name, company" in done.err
    assert do("client", "list", "--segment", "Leaving", "--count").out == "0\n"


def test_of_one_who_was_merged_the_survivor_is_meant_and_all_go(do, practice) -> None:
    do("client", "add", "--first", "Effi", "--last", "Briest", "--email", "effi@example.com")
    do("client", "add", "--first", "Effie", "--last", "Briest-Innstetten", "--phone", "06 11 22 33 44")
    assert do("client", "merge", "6", "7", "--yes").status == 0
    done = do("client", "delete", "7", "--yes")
    assert done.err.splitlines() == [
        "client 7 was merged into 6",
        "clients: 2 left without name, contacts and all other details",
        "and all their earlier versions in the history",
        "Deleted client 6: it is Anonymous #6 now",
    ]
    assert list_contained(practice, "Effi", "Briest", "Innstetten", "611223344", "443322116") == []


def test_what_others_hold_and_what_backups_hold_is_said(do, practice) -> None:
    do("client", "add", "--first", "Marie", "--last", "Müller", "--birthday", "1990-02-28", "--position", "Cfo")
    do("note", "add", "5", "Came with Marie, of Zanzibar Ltd")
    do("client", "edit", "6", "--company", "Zanzibar Ltd")
    do("db", "backup")
    done = do("client", "delete", "6", "--yes")
    held = "first name (notes), last name (clients), company (notes), birthday (clients)"
    assert done.err.splitlines()[-3:] == [
        "Not searched for, being shorter than four characters: position",
        f"Other records have the same text, and keep it: {held}",
        "Backups that still contain who was erased, for you to remove: backups/clients-20260301-090000-25.db",
    ]


def test_texts_that_were_typed_and_not_stored_are_named(do, practice) -> None:
    practice.with_name("unsaved-client-1.txt").write_text("first_name: Old")
    done = do("client", "delete", "5", "--yes")
    assert done.err.splitlines()[-1] == (
        "Files with unsaved texts may name who was erased, for you to remove: unsaved-client-1.txt"
    )


def test_the_same_request_is_done_once(do) -> None:
    assert do("client", "delete", "4", "--yes", "--request-id", "r1").status == 0
    again = do("client", "delete", "4", "--yes", "--request-id", "r1", "--json")
    assert (again.status, again.err, again.json["name"]) == (0, "already done (#23)\n", "Anonymous #4")
    assert do("client", "delete", "4", "--request-id", "r1").status == 0  # nothing left to ask
    other = do("client", "delete", "4", "--yes")
    assert (other.status, other.error.message) == (
        5,
        "client 4 was erased on 2026-03-01: no personal data may be stored",
    )


def test_hostile_texts_go_as_well(do, practice) -> None:
    hostile = "'; DROP TABLE clients; --\x1b[31m%_\"*\N{RIGHT-TO-LEFT OVERRIDE}end"
    do("client", "add", "--first", hostile, "--last", "{x}" * 2_000)
    do("note", "add", "6", "line\n" * 3_000 + hostile)
    done = do("client", "delete", "6", "--yes")
    assert done.status == 0
    assert list_contained(practice, "DROP TABLE clients", "{x}{x}", "line\nline") == []


def test_attached_files_go_from_the_folder(do, practice, tmp_path) -> None:
    (tmp_path / "letter.txt").write_text("Dear nameless")
    (tmp_path / "both.txt").write_text("To all")
    for client, file in (("4", "letter.txt"), ("4", "both.txt"), ("5", "both.txt")):
        assert do("document", "attach", client, tmp_path / file).status == 0
    folder = practice.with_name("clients.db.files")
    assert len(list(folder.iterdir())) == 2
    assert do("client", "delete", "4", "--dry-run").status == 0
    assert len(list(folder.iterdir())) == 2
    assert "documents: 2 removed" in do("client", "delete", "4", "--yes").err
    assert [file.read_text() for file in folder.iterdir()] == ["To all"]


# -- whom only the history knows ------------------------------------------------------------------


UNDINE = ("Undine", "undine@example.net", "secret of hers", "for Undine")


def test_one_who_was_undone_is_listed_and_deleted_by_id(do, practice) -> None:
    do("client", "add", "--first", "Undine", "--email", "undine@example.net", "--request-id", "for Undine")
    do("note", "add", "6", "secret of hers")
    assert do("db", "backup").status == 0
    do("undo")
    do("undo")
    assert do("client", "list", "--undone", "--json").json == [
        {"id": 6, "name": "Undine", "undone": "2026-03-01T09:00:00Z", "undone_by": "#26"}
    ]
    assert do("client", "list", "--undone", "--columns", "id,email", "--as-of", "#25").out == ""
    assert do("client", "list", "--undone", "-q").out == "6\n"
    for filtered in (["undine"], ["--label", "VIP"], ["--archived"], ["--site", "all"]):
        done = do("client", "list", "--undone", *filtered)
        assert (done.status, done.error.message) == (
            2,
            "--undone and filters don't go together: leave TEXT and the filters out",
        )
    for nobody in ("undine", "undine@example.net", "name:Undine"):
        assert do("client", "delete", nobody, "--yes").status == 3
    assert "Undine (6) would be deleted for good" in do("client", "delete", "id:6").error.message
    before = files(practice)
    assert do("client", "delete", "id:6", "--dry-run").err.splitlines() == [
        "all earlier versions in the history",
        "Deleted client 6, who was only in the history: blank entries are left there",
        "Dry run: nothing was changed.",
    ]
    assert files(practice) == before
    done = do("client", "delete", "id:6", "--yes", "--json")
    assert done.json == {"id": 6, "name": "Anonymous #6"}
    assert done.err.splitlines()[-1] == (
        "Backups that still contain who was erased, for you to remove: backups/clients-20260301-090000-24.db"
    )
    assert list_contained(practice, *UNDINE) == []
    assert do("client", "list", "--undone").out == ""
    assert do("client", "delete", "id:6", "--yes").status == 3
    assert (do("redo").status, do("undo").status) == (5, 5)
    assert do("db", "restore", practice.with_name("backups") / "clients-20260301-090000-24.db", "--yes").status == 0
    assert list_contained(practice, *UNDINE) == []
    assert do("client", "list", "--columns", "name", "--count").out == "4\n"


def test_those_of_an_import_that_was_taken_back(do, practice, tmp_path) -> None:
    (tmp_path / "two.csv").write_text("First name,E-mail\nUndine,undine@example.net\nMelusine,mel@example.net\n")
    assert do("import", "csv", tmp_path / "two.csv").status == 0
    assert do("import", "revert", "23").status == 0
    assert do("client", "list", "--undone", "--columns", "id,name").lines == ["6\tUndine", "7\tMelusine"]
    assert do("client", "delete", "6", "--yes").status == 0
    assert (list_contained(practice, *UNDINE), list_contained(practice, "Melusine")) == ([], ["Melusine"])
    assert do("import", "revert", "23").status == 3
    assert do("redo").status == 5


def test_backups_of_any_name_are_named(do, practice) -> None:
    do("db", "backup")
    (folder,) = (practice.parent / "backups",)
    (made,) = folder.iterdir()
    for name in (".x-20260101.tmp", "my copy.sqlite"):
        shutil.copy(made, folder / name)
    (folder / "clients.db.gz").write_bytes(b"packed")
    (folder / "list.txt").write_text("of something else")
    assert do("db", "init", "--db", practice.with_name("other.db")).status == 0
    assert do("client", "add", "--first", "Somebody", "--db", practice.with_name("other.db")).status == 0
    for _ in range(4):
        do("client", "add", "--first", "Else", "--db", practice.with_name("other.db"))
    shutil.copy(practice.with_name("other.db"), folder / "other.db")
    said = do("client", "delete", "4", "--yes").err.splitlines()[-1]
    assert said.removeprefix("Backups that still contain who was erased, for you to remove: ").split(", ") == [
        "backups/.x-20260101.tmp",
        f"backups/{made.name}",
        "backups/clients.db.gz",
        "backups/my copy.sqlite",
    ]


# -- what comes after -----------------------------------------------------------------------------


BOOKS = (
    (("payment", "record", "C-{unpaid}", "--type", "cash", "--amount", "5"), ("--reference", "of Nameless")),
    (("payment", "record", "C-{unpaid}", "--type", "cash", "--amount", "500", "--overpay", "credit"), None),
    (("payment", "refund", "P-1", "--amount", "1", "--yes"), ("--reason", "Nameless was ill")),
    (("payment", "void", "P-2", "--yes"), ("--reason", "Nameless")),
    (("charge", "waive", "C-{key}"), ("--reason", "Nameless")),
    (("credit", "issue", "4", "--amount", "5"), ("--reason", "Nameless")),
    (("credit", "use", "4", "--sessions", "1"), ("--reason", "Nameless")),
    (("package", "adjust", "K-1", "-1"), ("--reason", "Nameless")),
)
"""What business needs after a client was erased, and the text that can't be kept with it."""


def test_business_goes_on_without_a_word_about_who_was_erased(do, practice) -> None:
    for line in (
        ("plan", "add", "Ten", "--kind", "package"),
        ("rate", "add", "Ten", "Ten", "--price", "100", "--sessions", "10", "--for", "1m"),
        ("package", "sell", "--client", "4", "--plan", "Ten", "--today", "2026-01-01"),
        ("charge", "add", "--client", "4", "--amount", "20", "--for", "Lost key"),
        ("credit", "issue", "4", "--sessions", "2"),
    ):
        assert do(*line).status == 0, line
    charges = dict(line.split("\t") for line in do("charge", "list", "--client", "4", "--columns", "what,number").lines)
    numbers = {"unpaid": charges["Ten/Ten"].removeprefix("C-"), "key": charges["Lost key"].removeprefix("C-")}
    do("payment", "record", charges["Ten/Ten"], "--type", "cash", "--amount", "50")
    assert do("client", "delete", "4", "--yes").status == 0
    for line, text in BOOKS:
        words = [word.format(**numbers) for word in line]
        before = dump_file(practice)
        if text:
            done = do(*words, *text)
            assert done.status == 5, (words, done)
            assert re.fullmatch(
                r"Anonymous #4 was erased on 2026-03-01: no [a-z ]+ can be stored with a [a-z ]+ of theirs; leave.*",
                done.error.message,
            )
            assert dump_file(practice) == before
            assert do(*words, *text, "--dry-run").status == 5
        done = do(*words)
        assert done.status == 0, (words, done)
    assert do("undo").status == do("redo").status == 0
    assert list_contained(practice, "Nameless", "Lost key") == []
    assert {row["reason"] for row in dump_file(practice)["credits"]} == {None}
    assert do("label", "attach", "4", "--label", "VIP").error.message == (
        "Anonymous #4 was erased on 2026-03-01: no label of theirs can be stored; leave them out"
    )


# -- on a terminal ------------------------------------------------------------------------------


def asked(practice: Path, typed: str, *more: str) -> terminal.Screen:
    return terminal.run(
        "client", "delete", *more, typed=typed,
        CLIENTCTL_DB=str(practice), CLIENTCTL_TODAY="2026-03-01", CLIENTCTL_NOW="2026-03-01T09:00:00Z",
    )  # fmt: skip


def test_it_says_what_goes_and_asks(practice) -> None:
    before = dump_file(practice)
    seen = asked(practice, "n\n", "4")
    assert seen.status == 1
    assert seen.shown == (
        "nameless@example.net (4)\n"
        "clients: 1 left without name, contacts and all other details\n"
        "client labels: 1 removed\n"
        "memberships: 1 kept for the books, free texts blanked\n"
        "and all their earlier versions in the history\n"
        f"{GONE}. This can't be undone. Delete? [y/N]: "
        "clientctl: nothing was changed\n"
    )
    assert dump_file(practice) == before
    seen = asked(practice, "y\n", "4", "5")
    assert seen.status == 0
    assert "2 clients would be deleted for good. This can't be undone. Delete? [y/N]: " in seen.shown
    assert seen.shown.endswith("Deleted client 4: it is Anonymous #4 now\nDeleted client 5: it is Anonymous #5 now\n"
        "Not searched for, being shorter than four characters: first name\n")  # fmt: skip


def test_what_is_still_owed_either_way_is_said(do) -> None:
    for line in (
        ("charge", "add", "--client", "4", "--amount", "20 CHF", "--for", "Lost key"),
        ("credit", "issue", "4", "--amount", "12"),
        ("credit", "issue", "4", "--sessions", "2"),
        ("credit", "issue", "3", "--sessions", "9"),
    ):
        assert do(*line).status == 0
    number = do("charge", "list", "--client", "4", "--columns", "number,what").lines[-1].split("\t")[0]
    for options in ("--dry-run",), ("--yes",):
        said = do("client", "delete", "4", *options).err
        assert f"nameless@example.net owes 20.00 CHF: {number}, Lost key\n" in said
        assert "nameless@example.net has 12.00 EUR in credit 1\n" in said
        assert "nameless@example.net has 2 sessions in credit 2\n" in said
        assert "9 sessions" not in said


def test_nobody_is_asked_about_what_is_refused(practice) -> None:
    seen = asked(practice, "y\n", "1")
    assert (seen.status, seen.shown.count("\n")) == (5, 1)
