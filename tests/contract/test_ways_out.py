"""What a refusal names works: each way out that other tests do not meet, on a small life that leads to it.

`inprocess.run` takes the ways out of what is said here, as everywhere; the whole suite fails where a message that names
a command is met by no test.
"""

import shlex
import sqlite3
from collections.abc import Callable
from contextlib import closing

import inprocess
import looking
import pytest
import ways_out

from clientctl.cli.files import import_run
from clientctl.domain.clients import record as clients
from clientctl.store import Writer, attachments, erasure_scan, opening, transactions

START = (
    "plan add Yoga",
    "rate add Yoga Monthly --price 60 --every 1m",
    "rate add Yoga Dear --price 90 --every 1m",
    "rate add Yoga Swiss --price '90 CHF' --every 1m",
    "rate add Yoga Once --price 500 --every once",
    "plan add Ten --kind package",
    "rate add Ten Full --price 99 --sessions 10 --for 6m",
    "client add --first Ana --last Dubois --email ana@example.com",
    "client add --first Zoé --last Müller --email zoe@example.com",
)
PAID = "membership add --client 1 --plan Yoga/Monthly --start 2026-03-01 --paid cash"
ENDING = "membership add --client 1 --plan Yoga/Monthly --start 2026-03-01 --until 2026-03-31"
BOUND = "plan edit Yoga --minimum-term 6m"

LIVES = {
    "`clientctl credit use id:": (
        "payment record --client 1 --type cash --amount 80 --overpay credit",
        "charge add --client 1 --amount 30 --for Key",
        "charge add --client 1 --amount 20 --for Lock",
        "credit use 1 --charge C-1",
        "credit use 1 --charge C-2",
        "payment void P-1 --yes",
    ),
    "`clientctl mandate request --method 1` requests it first": (
        "payment-method add 1 direct-debit",
        "mandate activate --method 1",
    ),
    "`clientctl mandate revoke --method 1` revokes it first": (
        "payment-method add 1 direct-debit",
        "mandate request --method 1",
        "mandate activate --method 1",
        "mandate request --method 1",
    ),
    "`clientctl mandate request --method 1` requests it again": (
        "payment-method add 1 direct-debit",
        "mandate request --method 1",
        "mandate revoke --method 1",
        "mandate activate --method 1",
    ),
    "`clientctl membership change M-1 --rate Yoga/Dear --now` changes it today": (
        ENDING,
        "membership change M-1 --rate Dear",
    ),
    "`clientctl membership change M-1 --rate Yoga/Dear` changes it on the next bill day": (
        "membership add --client 1 --plan Yoga/Monthly --start 2026-01-15 --settled",
        "membership change M-1 --rate Dear --now",
    ),
    "`clientctl membership renew M-1 --rate Yoga/Dear` renews it at that rate": (
        "membership add --client 1 --plan Yoga/Monthly --start 2026-02-15 --until 2026-03-14 --settled",
        "membership change M-1 --rate Dear",
    ),
    "`clientctl membership edit M-2 --rate Yoga/Dear` changes the rate of what follows": (
        "membership add --client 1 --plan Yoga/Monthly --start 2026-02-15 --until 2026-03-14 --settled",
        "membership renew M-1",
        "membership change M-1 --rate Dear",
    ),
    "`clientctl membership add --client id:1 --plan Yoga/Swiss` sells that one": (
        PAID,
        "membership change M-1 --rate Swiss",
    ),
    "`clientctl membership add --client id:1 --plan Yoga/Once` sells that one": (
        PAID,
        "membership change M-1 --rate Once",
    ),
    "`clientctl membership add --client id:1 --plan Yoga/Dear` sells the other rate": (
        "membership add --client 1 --plan Yoga/Once",
        "membership change M-1 --rate Dear",
    ),
    "M-1 is collected by hand, which needs no mandate": (PAID, "mandate activate M-1"),
    "M-1 has no mandate: `clientctl mandate request M-1`": (
        "plan edit Yoga --collection direct-debit",
        "membership add --client 1 --plan Yoga/Monthly",
        "mandate revoke M-1",
    ),
    "`clientctl membership cancel M-1 --on 2026-08-31` respects that": (BOUND, PAID, "membership cancel M-1 --now"),
    "`clientctl membership cancel M-1 --now --force` ends it": (BOUND, PAID, "client delete 1 --yes"),
    "`clientctl membership edit M-1 --until 2026-01-31` corrects its end": (
        "membership add --client 1 --plan Yoga/Monthly --start 2025-11-01 --settled",
        "membership cancel M-1 --on 2026-01-31",
    ),
    "`clientctl membership edit M-1 --unset cancelled --until 2026-01-31` corrects its end": (
        "membership add --client 1 --plan Yoga/Monthly --start 2025-11-01 --settled",
        "membership cancel M-1 --at-period-end",
        "membership cancel M-1 --on 2026-01-31",
    ),
    "give a later end, or `clientctl membership edit M-1 --unset cancelled --until 2026-01-31`": (
        "membership add --client 1 --plan Yoga/Monthly --start 2025-11-01 --settled",
        "membership cancel M-1 --at-period-end",
        "membership edit M-1 --until 2026-01-31",
    ),
    "`clientctl membership cancel M-1 --now --refund` ends it yesterday": (
        "membership add --client 1 --plan Yoga/Monthly --start 2026-02-10 --paid cash",
        "membership cancel M-1 --on 2026-02-09",
    ),
    "`clientctl membership cancel M-1 --now --force` ends it yesterday": (
        BOUND,
        "membership add --client 1 --plan Yoga/Monthly --start 2026-02-10",
        "membership cancel M-1 --on 2026-02-09",
    ),
    "`clientctl membership cancel M-1 --now` ends it yesterday": (
        "membership add --client 1 --plan Yoga/Monthly --start 2026-02-10",
        "membership suspend M-1 --from 2026-03-10 --resume 2026-03-20",
        "membership cancel M-1 --on 2026-02-15",
    ),
    "and that period would be removed: `clientctl membership cancel M-1 --on 2026-03-05 --refund`": (
        "membership add --client 1 --plan Yoga/Monthly --start 2026-02-20 --paid cash",
        "billing run --through 2026-03-20",
        "payment record C-2 --type cash",
        "membership edit M-1 --until 2026-03-05",
    ),
    "`clientctl charge show C-1` shows what paid it": (PAID, "membership edit M-1 --start 2026-04-15"),
    "`clientctl membership renew M-1 --start 2026-04-01` begins after them": (
        PAID,
        "membership cancel M-1 --now --yes",
        "membership renew M-1 --start today",
    ),
    "is paid once, for all days to come": (
        "membership add --client 1 --plan Yoga/Once --paid cash",
        "membership cancel M-1 --now",
        "membership renew M-1 --for 1m",
    ),
    "counts as never made: `clientctl membership renew M-1`": (
        ENDING,
        "membership renew M-1",
        "membership cancel M-2 --now",
        "membership renew M-2",
    ),
    "which takes the place of M-2: `clientctl membership cancel M-3 --now` first": (
        ENDING,
        "membership renew M-1",
        "membership cancel M-2 --on 2026-03-20",
        "membership renew M-1",
        "membership edit M-2 --unset cancelled",
    ),
    "M-1 was renewed as M-2, which begins on 2026-04-01: `clientctl membership edit M-2 --until DAY`": (
        ENDING,
        "membership renew M-1",
        "membership extend M-1 --by 1m",
    ),
    "M-1 is paused: `clientctl membership resume M-1` first, that moves its end": (
        ENDING,
        "membership suspend M-1",
        "membership extend M-1 --by 1m",
    ),
    "M-1 is paused: `clientctl membership resume M-1` first": (
        PAID,
        "membership suspend M-1",
        "membership change M-1 --rate Dear --now",
    ),
    "M-1 is paused: `clientctl membership resume M-1 --on DAY` sets the end": (
        PAID,
        "membership suspend M-1",
        "membership suspend M-1 --from +1w",
    ),
    "on without an end: `clientctl membership resume M-1 --on DAY` sets its end first": (
        ENDING,
        "membership suspend M-1 --from +1w",
        "membership renew M-1",
    ),
    "give other days, or cancel it with `clientctl membership resume M-1` first": (
        PAID,
        "membership suspend M-1 --from +1w",
        "membership suspend M-1 --from +2w",
    ),
    "give a later end, or cancel the pause with `clientctl membership resume M-1` first": (
        "membership add --client 1 --plan Yoga/Monthly",
        "membership suspend M-1 --from +2w",
        "membership edit M-1 --until +1w",
    ),
    "only a live membership can be extended: `clientctl membership edit M-1 --until DAY`": (
        "membership add --client 1 --plan Yoga/Monthly --start +1w --for 1m",
        "membership extend M-1 --by 1m",
    ),
    "M-1 starts only on 2026-03-08: `clientctl membership edit M-1 --rate Yoga/Dear` corrects it": (
        "membership add --client 1 --plan Yoga/Monthly --start +1w",
        "membership change M-1 --rate Dear",
    ),
    "M-1 starts only on 2026-03-08: `clientctl membership edit M-1 --until DAY` gives it a later end": (
        "membership add --client 1 --plan Yoga/Monthly --start +1w --for 1m",
        "membership renew M-1",
    ),
    "can't be corrected: cancel it, and `clientctl membership add --client id:1 --plan Yoga/Dear`": (
        "membership add --client 1 --plan Yoga/Monthly --start 2026-02-15",
        "membership change M-1 --rate Dear --now --yes",
        "membership edit M-1 --start 2026-02-20",
    ),
    "M-1 is cancelled already: `clientctl membership renew M-1` renews it": (
        PAID,
        "membership cancel M-1 --now",
        "membership suspend M-1",
    ),
    "M-1 is cancelled already: `clientctl membership renew M-1 --for DURATION`": (
        "membership add --client 1 --plan Yoga/Once --until +1m",
        "membership cancel M-1 --now",
        "membership suspend M-1",
    ),
    "`clientctl membership show M-2` shows its renewal": (
        ENDING,
        "membership renew M-1",
        "--today 2026-04-02 membership suspend M-1",
    ),
    "more time can't be charged: `clientctl membership renew M-1 --for DURATION` renews it": (
        "membership add --client 1 --plan Yoga/Once --until +1m",
        "membership extend M-1 --by 1m --charge",
    ),
    "which --charge would bill too: `clientctl membership renew M-1` bills from": (
        ENDING,
        "membership extend M-1 --by 1m",
        "membership extend M-1 --by 1m --charge",
    ),
    "credit 1 is not refundable: `clientctl credit revoke 1`": (
        "credit issue 1 --amount 10",
        "credit revoke 1 --refund --type cash --yes",
    ),
    "credit 1 is the overpaid amount of P-1: `clientctl credit revoke 1 --refund`": (
        "payment record --client 1 --type cash --amount 80 --overpay credit",
        "credit revoke 1",
    ),
    "P-2 is an entry that corrects P-1, not money received: `clientctl payment show P-1`": (
        PAID,
        "payment void P-1 --yes",
        "payment void P-2 --yes",
    ),
    "P-1 is voided already: `clientctl payment show P-1` shows how": (
        PAID,
        "payment void P-1 --yes",
        "payment refund P-1 --yes",
    ),
    "K-1 expired on 2026-08-31: `clientctl package sell --client id:1 --plan Ten/Full`": (
        "package sell --client 1 --plan Ten",
        "--today 2026-09-01 package use K-1",
    ),
    "11 sessions can't be used; `clientctl plan list`": (
        "package sell --client 1 --plan Ten",
        "package use --client 1 --sessions 11",
    ),
    "`clientctl package adjust K-1 -10 --reason refunded` removes them": (
        "package sell --client 1 --plan Ten --paid cash",
        "payment refund P-1 --amount 9 --yes",
    ),
    "Ten is a package: `clientctl package sell --client id:1 --plan Ten/Full` sells it": (
        "membership add --client 1 --plan Ten",
    ),
    "the plan Yoga is archived: `clientctl plan restore Yoga`": (
        "plan archive Yoga",
        "membership add --client 1 --plan Yoga/Dear",
    ),
    "the rate Yoga/Dear is archived: `clientctl rate restore Yoga/Dear`": (
        "rate archive Yoga/Dear",
        "membership add --client 1 --plan Yoga/Dear",
    ),
    "`clientctl rate add Ten Half --price AMOUNT --sessions NUMBER` adds one": (
        "package sell --client 1 --plan Ten/Half",
    ),
    "no rate of Calm is on sale: `clientctl rate add Calm NAME --price AMOUNT` adds one": (
        "plan add Calm",
        "membership add --client 1 --plan Calm",
    ),
    "has no membership: `clientctl membership add --client id:1 --plan PLAN` adds one": ("membership resume ana",),
    "does not belong to Zoé Müller: `clientctl payment-method add id:2 card`": (
        "payment-method add 1 card",
        "membership add --client 2 --plan Yoga/Monthly --method 1",
    ),
    "so its kind can't change: `clientctl plan add NAME --kind package`": ("plan edit Yoga --kind package",),
    "`clientctl undo` undoes that first, and `clientctl import revert '#11'`": (
        "import csv sheet.csv",
        "client add --first Zed",
        "undo '#11'",
    ),
    "was undone by #12: `clientctl redo` redoes it": ("client edit 1 --company X", "undo", "undo '#11'"),
    "was undone by #12: it is already undone": (
        "client edit 1 --company X",
        "undo",
        "client edit 1 --company Y",
        "undo '#11'",
    ),
    "#12 undo is an undo or redo of #11: `clientctl log`": (
        "client edit 1 --company X",
        "undo",
        "undo '#12'",
    ),
    "a vCard file: `clientctl import vcard cards.vcf` takes it": ("import csv cards.vcf",),
    "Not billed since 2026-02-01: `clientctl billing run`": (
        "membership add --client 1 --plan Yoga/Monthly --start 2026-01-01 --next-billing 2026-02-01",
    ),
    "C-2 is for 2026-04-01..2026-04-30, which would be billed twice": (
        ENDING,
        "membership renew M-1 --paid cash",
        "membership cancel M-2 --now",
        "membership edit M-1 --unset end",
    ),
    "which follows, would start on 2026-04-21": (
        ENDING,
        "membership renew M-1 --until 2026-04-10",
        "membership suspend M-1 --resume 2026-03-21",
    ),
    "`clientctl client list --where 'dog is small'` finds them": (
        "field add Dog --type choice --choice Small --choice Big",
        "client edit 1 --field dog=small",
        "field edit dog --remove-choice small",
    ),
    "`clientctl field edit dog --choice Huge` adds one": (
        "field add Dog --type choice --choice Small --choice Big",
        "client edit 1 --field dog=Huge",
    ),
    "the field Dog is archived: `clientctl field restore dog`": (
        "field add Dog",
        "field archive dog",
        "client edit 1 --field dog=x",
    ),
    "Dog is required: give another value, or `clientctl field edit dog --optional`": (
        "field add Dog",
        "client edit 1 --field dog=x",
        "field edit dog --required",
        "client edit 1 --unset dog",
    ),
    "the site Lyon was archived on 2026-03-01: `clientctl site restore Lyon`": (
        "site add Lyon",
        "site archive Lyon",
        "client edit 1 --site Lyon",
    ),
    "no client matches 'Qqq': `clientctl client list TEXT`": ("client show Qqq",),
    "`clientctl membership add --client id:1 --plan PLAN` adds one": ("membership extend ana --by 1m",),
    "`clientctl package sell --client id:1 --plan PLAN` sells one": ("package edit ana --unset expires",),
    "`clientctl payment list --client id:1` lists them": ("payment void ana --yes",),
    "no credit 99: `clientctl credit list`": ("credit revoke 99 --yes",),
    "no payment P-99: `clientctl payment list`": ("payment show P-99",),
    "Ana Dubois has no credits in EUR: `clientctl credit list`": (
        "charge add --client 1 --amount 5 --for Key",
        "credit use 1 --charge C-1",
    ),
    "is archived: `clientctl client restore 1` first, or merge it": ("client archive 1", "client merge 1 2 --yes"),
    "is cancelled, its last day is 2026-03-31: `clientctl membership edit M-1 --unset cancelled`": (
        PAID,
        "membership cancel M-1 --at-period-end",
        "membership change M-1 --rate Dear",
    ),
}
"""What is said, by what leads to it: the last line of each is what is refused, or what says it."""


@pytest.fixture(autouse=True)
def _files(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sheet.csv").write_text("First name,E-mail\nNoé,noe@example.com\n")
    (tmp_path / "cards.vcf").write_text("BEGIN:VCARD\nFN:Noé Petit\nEND:VCARD\n")
    (tmp_path / "plan.pdf").write_text("a plan")


@pytest.mark.parametrize("said", LIVES)
def test_the_way_out_is_named_whole_and_works(book, once, said) -> None:
    once(book, lambda: inprocess.fill(book, *(tuple(shlex.split(line)) for line in START)))
    *before, last = (shlex.split(line) for line in LIVES[said])
    inprocess.fill(book, *map(tuple, before))
    done = inprocess.run(*last, db=book)
    assert said in inprocess.messages_of(done)


def test_what_something_final_was_built_on_is_found_in_the_log_that_is_named(book) -> None:
    inprocess.fill(book, ("client", "add", "--first", "Ana"))
    with looking.change(book, "message remind", final=True) as db:
        clients.edit(db, clients.get(db, 1), {"first_name": "Anna"})
    done = inprocess.run("undo", db=book)
    assert "message remind is final and depends on it (clients 1): `clientctl log`" in inprocess.messages_of(done)


def test_an_import_whose_bad_rows_have_no_place_is_taken_back_by_the_command_that_is_named(book, monkeypatch) -> None:
    (book.parent / "bad.csv").write_text("First name,E-mail\nAna,ana@example.com\n,\nZoé,zoe@\n,,\n;\n")
    said = import_run._describe

    def meanwhile(*given: object) -> list[str]:
        (book.parent / "rejects.csv").touch()
        return said(*given)

    monkeypatch.setattr(import_run, "_describe", meanwhile)
    done = inprocess.run("import", "csv", "bad.csv", "--skip-bad", "rejects.csv", db=book)
    assert "could not be written to rejects.csv: `clientctl undo` reverses it" in inprocess.messages_of(done)


def test_what_a_backup_lacks_is_found_by_the_command_that_is_named(book) -> None:
    inprocess.fill(book, ("client", "add", "--first", "Ana"), ("document", "attach", "1", "plan.pdf"))
    backup = book.parent / "backup.db"
    inprocess.fill(book, ("db", "backup", str(backup)))
    for path in (book, backup):
        for file in attachments.folder_of(path).iterdir():
            file.unlink()
    done = inprocess.run("db", "restore", str(backup), "--yes", db=book)
    assert "neither in the backup nor here: 1; `clientctl db verify` says which" in done.err


def once_only(replaced: Callable[..., object], otherwise: Callable[..., object]) -> Callable[..., object]:
    """Return a function that does something else the first time it is called."""
    calls = [otherwise]

    def call(*given: object) -> object:
        return (calls.pop() if calls else replaced)(*given)

    return call


def test_a_file_that_could_not_be_written_anew_is_by_the_command_that_is_named(book, monkeypatch) -> None:
    inprocess.fill(book, ("client", "add", "--first", "Undine"))
    compact = transactions._compact

    def while_read(writer: Writer) -> None:
        with closing(sqlite3.connect(book)) as other:
            other.execute("BEGIN")
            other.execute("SELECT * FROM clients").fetchall()
            compact(writer)

    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.02)
    monkeypatch.setattr(transactions, "_compact", once_only(compact, while_read))
    done = inprocess.run("client", "delete", "1", "--yes", db=book)
    assert "until the next change, or `clientctl db compact`, rewrites it" in inprocess.messages_of(done)


def test_bytes_that_are_left_of_who_was_erased_go_with_the_command_that_is_named(book, monkeypatch) -> None:
    inprocess.fill(book, ("client", "add", "--first", "Undine"))
    look = erasure_scan.scan
    monkeypatch.setattr(erasure_scan, "scan", once_only(look, lambda *given: look(*given)._replace(left=("a name",))))
    done = inprocess.run("client", "delete", "1", "--yes", db=book)
    assert "(a name): `clientctl db compact` removes them" in inprocess.messages_of(done)


def test_a_way_out_that_leads_nowhere_fails_the_test_that_meets_it(book) -> None:
    def refused(_words: object) -> tuple[int, str]:
        return 5, "that is refused too"

    for sentence in ("try `clientctl client archive 1`", "try `clientctl client list` at last"):
        with pytest.raises(AssertionError, match="that is refused too"):
            ways_out.take(refused, ["--db", str(book), "client", "list"], sentence, {})


def test_a_day_that_fits_is_found_and_what_is_filled_in_is_no_word_in_capitals() -> None:
    given = []

    def late(words: list[str]) -> tuple[int, str]:
        given.append(words[words.index("--until") + 1])
        return (0, "") if given[-1] == "+1y" else (5, "too early")

    ways_out.take(late, ["client", "list"], "try `clientctl membership extend M-1 --until DAY --charge`", {})
    assert given == ["+1m", "+1y"]


def test_every_command_that_a_message_names_is_whole() -> None:
    said = list(ways_out.messages())
    assert len(said) > 1000
    rest = [ways_out.without_ways(text) for text in said]
    assert [text for text in rest if "`" in text and " " in text] == []
