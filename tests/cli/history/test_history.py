"""The `client history` and `log` commands: every change, with the titles and values of the lists, also undone ones."""

from pathlib import Path

import heavy
import pytest
from filled import fill
from looking import change, look
from PIL import Image

from clientctl.base.cell_text import format_for_people
from clientctl.domain.clients import addresses, documents, notes, preferences, tasks
from clientctl.domain.journal import history
from clientctl.domain.journal.wording import Wording
from clientctl.domain.memberships import packages, payment_methods
from clientctl.domain.memberships import record as memberships
from clientctl.domain.money import charges, credits, orders, payments
from clientctl.domain.offers import plans, rates
from clientctl.domain.overview import client_list
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request, Source, Where
from clientctl.store.catalog import TABLES

LIVED = (
    ("config", "set", "timezone", "Europe/Paris"),
    ("site", "add", "Paris"),
    ("field", "add", "Budget", "--type", "money"),
    ("field", "add", "Smoker", "--type", "yes-no"),
    ("field", "add", "Interests", "--type", "choices", "--choice", "Dance", "--choice", "Yoga, soft"),
    ("client", "edit", "2", "--field", "budget=1200.50", "--field", "smoker=yes", "--site", "Paris"),
    (
        "client",
        "edit",
        "2",
        "--field",
        "interests=Dance",
        "--field",
        "interests=Yoga, soft",
        "--birthday",
        "1990-02-28",
    ),
    ("client", "edit", "2", "--field", "budget=1300.5", "--field", "smoker=no"),
    ("plan", "add", "Pool", "--minimum-term", "3m", "--notice", "2w", "--collection", "direct-debit"),
    ("rate", "add", "Pool", "Weekly", "--price", "15 CHF", "--every", "1w", "--setup", "10 CHF", "--trial", "7d"),
    ("rate", "add", "Pool", "Cheap", "--price", "12 CHF", "--every", "1w"),
    ("payment-method", "add", "2", "direct-debit", "--label", "Bank", "--last-four", "1881"),
    ("membership", "add", "--client", "2", "--plan", "Pool/Weekly", "--start", "2026-03-01"),
    ("mandate", "request", "M-6"),
    ("mandate", "activate", "M-6"),
    ("membership", "suspend", "M-6", "--from", "2026-04-01", "--resume", "2026-04-11", "--reason", "away"),
    ("plan", "add", "Ten", "--kind", "package"),
    ("rate", "add", "Ten", "Ten", "--price", "100", "--sessions", "10", "--for", "3m"),
    ("package", "sell", "--client", "2", "--plan", "Ten/Ten"),
    ("package", "use", "K-1"),
    ("package", "adjust", "K-1", "+1", "--reason", "a gift"),
    ("credit", "issue", "2", "--amount", "10", "--refundable", "--reason", "sorry", "--expires", "2026-12-31"),
    ("credit", "issue", "2", "--sessions", "2", "--every", "1m"),
    ("credit", "use", "2", "--sessions", "1"),
    ("charge", "add", "--client", "2", "--amount", "20", "--for", "a key"),
    ("payment", "record", "C-3", "--type", "cash", "--amount", "25", "--overpay", "credit", "--reference", "ref 1"),
    ("credit", "revoke", "1", "--yes"),
    ("note", "add", "2", "knee trouble"),
    ("task", "add", "2", "call her", "--due", "2026-03-04"),
    ("task", "done", "1"),
    ("address", "add", "2", "--name", "Home", "--street", "1 rue X", "--city", "Paris"),
    ("preference", "add", "News"),
    ("preference", "opt-in", "2", "--preference", "News", "--how", "a form"),
    ("preference", "opt-out", "2", "--preference", "News"),
    ("document", "attach", "2", "FILES/scan.pdf"),
    ("client", "photo", "2", "FILES/blue.png"),
    ("client", "photo", "2", "FILES/red.png"),
    ("client", "photo", "2", "--remove", "--yes"),
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "scan.pdf").write_bytes(b"the scan")
    for color in ("blue", "red"):
        Image.new("RGB", (40, 60), color).save(folder / f"{color}.png")
    return folder


@pytest.fixture
def before(files: Path) -> tuple[tuple[str, ...], ...]:
    """Add a record of every kind to client 2, Ana Dubois."""
    return tuple(tuple(word.replace("FILES", str(files)) for word in line) for line in LIVED)


def changes(do, command: str) -> list[tuple[str | None, ...]]:
    """List record, field, was, is of what one command line, the last such, did to client 2."""
    rows = [row for row in do("client", "history", "2", "--json").json if row["command"] == command]
    return [tuple(row[key] for key in ("record", "field", "was", "is")) for row in rows]


def test_values_are_shown_as_everywhere_else(do) -> None:
    assert changes(do, "client edit") == [
        ("client 2", "site", None, "Paris"),
        ("client 2", "Budget", None, "1200.50 EUR"),
        ("client 2", "Smoker", None, "yes"),
        ("client 2", "birthday", None, "1990-02-28"),
        ("client 2", "Interests", None, "Dance"),
        ("client 2", "Interests", None, "Yoga, soft"),
        ("client 2", "Budget", "1200.50 EUR", "1300.50 EUR"),
        ("client 2", "Smoker", "yes", "no"),
    ]
    assert changes(do, "client photo") == [
        ("client 2", "photo", None, "added"),
        ("client 2", "photo", None, "changed"),
        ("client 2", "photo", None, "removed"),
    ]
    assert changes(do, "payment-method add") == [
        ("payment method 1", "added", None, "kind direct-debit, label Bank, last four 1881, mandate none")
    ]
    assert changes(do, "mandate request") == [
        ("payment method 1", "mandate", "none", "requested"),
        ("payment method 1", "mandate_on", None, "2026-03-01"),
    ]
    assert changes(do, "mandate activate") == [("payment method 1", "mandate", "requested", "active")]
    paused = "membership M-6, starts 2026-04-01, resumes 2026-04-11, moves 2026-04-05, reason away"
    assert changes(do, "membership suspend") == [("pause of M-6", "added", None, paused)]
    assert changes(do, "credit issue") == [
        (
            "credit 1",
            "added",
            None,
            "kind amount, amount 10.00 EUR, refundable yes, reason sorry, issued 2026-03-01, expires 2026-12-31",
        ),
        (
            "credit 2",
            "added",
            None,
            "kind sessions, sessions 2, issued 2026-03-01, expires 2026-03-31, every 1m, next issue 2026-04-01, for 1m",
        ),
    ]
    assert changes(do, "credit use") == [
        ("credit 2", "sessions_used", "0", "1"),
        ("use of credit 2", "added", None, "credit 2, sessions 1, on 2026-03-01"),
    ]
    assert ("credit 1", "amount_revoked", "0.00 EUR", "10.00 EUR") in changes(do, "credit revoke")
    assert ("C-3", "paid", "0.00 EUR", "20.00 EUR") in changes(do, "payment record")
    assert [row[3] for row in changes(do, "preference opt-out")] == [
        "preference News, opted out, on 2026-03-01, from hand"
    ]
    assert changes(do, "note add") == [
        ("note 1", "added", None, "type general, text knee trouble, by Ana Müller, at 2026-03-01 10:00")
    ]
    sold = next(told for record, _, _, told in changes(do, "membership add") if record == "M-6")
    assert "price 15.00 CHF, every 1w, starts 2026-03-01" in str(sold)
    assert str(sold).endswith("method Bank 1881")


def test_a_change_agreed_for_later_is_part_of_it(do) -> None:
    do("membership", "change", "M-6", "--rate", "Cheap")
    assert (
        "change of M-6",
        "added",
        None,
        "membership M-6, changes to Pool/Cheap, price 12.00 CHF, every 1w, agreed 2026-03-01",
    ) in changes(do, "membership change")


LISTS: dict[str, tuple[Source, str]] = {
    "clients": (client_list.SOURCE, "c"),
    "memberships": (memberships.SOURCE, "m"),
    "packages": (packages.SOURCE, "k"),
    "package_entries": (packages.ENTRIES, "e"),
    "plans": (plans.SOURCE, "p"),
    "rates": (rates.SOURCE, "r"),
    "orders": (orders.SOURCE, "o"),
    "charges": (charges.SOURCE, "h"),
    "payments": (payments.SOURCE, "y"),
    "credits": (credits.SOURCE, "e"),
    "payment_methods": (payment_methods.SOURCE, "y"),
    "notes": (notes.SOURCE, "n"),
    "tasks": (tasks.SOURCE, "t"),
    "addresses": (addresses.SOURCE, "a"),
    "consents": (preferences.CONSENTS, "k"),
    "documents": (documents.SOURCE, "d"),
}
IN_NO_LIST = {
    "clients": {"erased", "merged_into"},
    "memberships": {"anchor", "pause", "minimum_term", "notice", "grace", "billed_from", "cancel_forced"},
    "charges": {"rate", "whole_price", "days_used", "days_whole"},
    "credits": {"amount_revoked", "sessions_revoked", "for"},
}
"""Words of the history for what no list shows."""


def test_every_word_and_value_is_that_of_the_list(practice) -> None:
    with look(practice) as db:
        wording = Wording(db)
        for name, (source, alias) in LISTS.items():
            columns = [row[1] for row in db.rows(f"PRAGMA table_info({name})")]
            for row in db.rows(f"SELECT {', '.join(columns)} FROM {name}"):
                words = wording.words(TABLES[name], dict(zip(columns, row, strict=True)))
                told = [word for word in words if word in source.fields]
                assert set(words) - set(told) <= IN_NO_LIST.get(name, set())
                where = [Where(f"{alias}.id = :record", {"record": row[0]})]
                listing = queries.listing(db, Query(source, where), Request(tuple(told)))
                for column, cell in zip(listing.columns, next(iter(listing.rows)), strict=True):
                    if column.kind == "instant":
                        assert words[column.key] == "2026-03-01 10:00"  # as a terminal shows it
                    elif cell is not None and words[column.key] is not None:
                        kind = "amount" if column.kind == "money" else column.kind
                        assert str(format_for_people(kind, [cell])[0]) == words[column.key], (name, column.key)


def test_no_two_columns_of_a_table_have_one_word(practice) -> None:
    with look(practice) as db:
        for table in TABLES.values():
            columns = [row[1] for row in db.rows(f"PRAGMA table_info({table.name})")]
            wording, blank = Wording(db), dict.fromkeys(columns)
            told = [word for column in columns for word in wording.words(table, {column: None, "currency": None})]
            assert len(wording.words(table, blank)) == len(told) >= 1, table.name


# -- what was undone ------------------------------------------------------------------------------


def look_at_everything(do, client: str = "2") -> None:
    """Read the history, the dossier and every command."""
    for line in (("client", "history", client), ("client", "history", client, "--json")):
        done = do(*line)
        assert (done.status, done.err) == (0, ""), done
    assert do("client", "dossier", client, "her.zip", "--with-notes", "--force").status == 0
    for number in do("log", "-q").lines:
        assert do("log", number, "--json").status == 0


def test_what_was_undone_is_part_of_it(do, tmp_path, monkeypatch) -> None:
    """Go back to where she was added, looking in between; undone and redone things stay in the history."""
    monkeypatch.chdir(tmp_path)
    do("note", "edit", "1", "both knees")
    before = do("client", "history", "2").lines
    undone = 0
    while do("undo").status == 0 and do("client", "show", "id:2").status == 0:
        undone += 1
        if undone % 30 == 0:
            look_at_everything(do)
    assert undone > len(LIVED)
    do("redo")
    look_at_everything(do)
    after = do("client", "history", "2").lines
    here = [line for line in before if "10:00" not in line]  # the zone was undone too
    assert [line for line in after[: len(before)] if line in here] == here
    gone = {line.split("\t")[1] for line in after[len(before) :] if "\tremoved\t" in line}
    assert gone >= {"M-6", "K-1", "C-3", "P-1", "credit 1", "note 1", "task 1", "document 1", "payment method 1"}


ADDED = (
    ("membership", "add", "--client", "2", "--plan", "Yoga/Monthly", "--start", "2027-03-01", "--paid", "cash"),
    ("payment", "record", "C-1", "--type", "cash", "--amount", "900", "--overpay", "credit"),
    ("charge", "add", "--client", "2", "--amount", "20", "--for", "key"),
    ("note", "add", "2", "knee"),
)


@pytest.mark.heavy
@pytest.mark.parametrize("line", heavy.times(ADDED[:2], ADDED))
def test_what_was_added_and_undone_does_no_harm(do, line, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    do("charge", "add", "--client", "2", "--amount", "20", "--for", "chair")
    assert do(*line).status == 0
    do("undo")
    look_at_everything(do)
    do("redo")
    do("undo")
    look_at_everything(do)


def test_every_table_can_be_looked_at_when_its_rows_are_gone(book: Path) -> None:
    with change(book, "fill") as db:
        made = fill(db, [1, 2, 3])
    with change(book, "test change") as db:
        for table in TABLES:
            if table not in {"clients", "staff", "settings"}:
                db.connection.execute(f"DELETE FROM {table}")
        db.connection.execute("UPDATE clients SET site_id = NULL")
    step(book, "undo")
    step(book, "redo")
    with look(book) as db:
        for number in (2, 3, 4, 5):
            assert {row[1] for row in history.of_command(db, number).rows} != set()
        mine = list(history.of_client(db, 1).rows)
    for number, command in ((2, "fill"), (3, "test change"), (4, "undo"), (5, "redo")):
        texts = [str(row) for row in mine if row[0] == f"#{number}"]
        assert {row[7] for row in mine if row[0] == f"#{number}"} == {command}
        for (table, column, person), text in made.items():
            hidden = column in {"photo", "digest", "value_key", "payment_method_id"} or table == "clients"
            assert hidden or person != 1 or any(text in each for each in texts), (number, table, column)


def step(book: Path, name: str) -> None:
    with change(book, name) as db:
        getattr(history, name)(db)


# -- yes and no -----------------------------------------------------------------------------------


def test_a_yes_that_becomes_a_no_is_a_change(do) -> None:
    do("client", "edit", "1", "--field", "smoker=yes")
    said = "Zoé Müller (1): Smoker no (was yes)\n"
    dry = do("client", "edit", "1", "--field", "smoker=no", "-n")
    assert dry.err == f"Changed {said}Dry run: nothing was changed.\n"
    assert do("client", "edit", "1", "--field", "smoker=no").err == f"Changed {said}"
    assert do("client", "edit", "1", "--field", "smoker=0").err == "Zoé Müller (1) is unchanged\n"
    assert do("client", "edit", "1", "--unset", "smoker").err.endswith("Smoker empty (was no)\n")


def test_choices_that_read_alike_are_told_apart_and_their_order_is_none(do) -> None:
    do("field", "add", "Days", "--type", "choices", *("--choice=Mon", "--choice=Tue", "--choice=Mon, Tue"))
    do("client", "edit", "1", "--field", "days=Mon", "--field", "days=Tue")
    again = do("client", "edit", "1", "--field", "days=Tue", "--field", "days=Mon")
    assert again.err == "Zoé Müller (1) is unchanged\n"
    assert do("client", "edit", "1", "--field", "days=Mon, Tue").err.startswith("Changed Zoé Müller (1)")
    assert do("client", "list", "--columns", "days", "zoé").out == '"Mon, Tue"\n'
