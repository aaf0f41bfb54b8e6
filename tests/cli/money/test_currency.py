"""The currency of amounts: always for programs, and for people where it is not the usual one."""

import csv
import io

import pytest
from openpyxl import load_workbook

MONEY = ("charge", "payment", "credit", "order")
"""The lists that are all about money."""


@pytest.fixture
def before():
    """Add charges and payments in euros and francs to client 3, with credit in both and in sessions."""
    return (
        ("membership", "add", "--client", "3", "--plan", "Pilates", "--paid", "cash"),
        ("membership", "add", "--client", "3", "--plan", "Yoga/Monthly"),
        ("payment", "record", "O-6", "--type", "cash", "--amount", "2.50", "--overpay", "credit"),
        ("payment", "record", "O-7", "--type", "card", "--amount", "50", "--overpay", "credit"),
        ("credit", "issue", "3", "--sessions", "2"),
        ("charge", "add", "--membership", "M-4", "--amount", "5", "--for", "Mat"),
    )


def table(done) -> list[list[str]]:
    """Read a table: its titles, then its rows, without the line between them."""
    titles, _, *rows = done.lines
    starts = [at for at, letter in enumerate(titles) if letter != " " and titles[:at][-2:] in {"", "  "}]
    return [
        [line[at:to].strip() for at, to in zip(starts, [*starts[1:], None], strict=True)] for line in [titles, *rows]
    ]


@pytest.mark.parametrize("noun", MONEY)
def test_lists_of_money_end_with_the_currency(do, noun, tmp_path):
    rows = do(noun, "list", "--json").json
    assert {"EUR", "CHF"} <= {row["currency"] for row in rows}
    listed = list(csv.DictReader(io.StringIO(do(noun, "list", "--format", "csv").out)))
    assert list(listed[0])[-1] == "currency"
    assert [row["currency"] or None for row in listed] == [row["currency"] for row in rows]
    assert [line.split("\t")[-1] or None for line in do(noun, "list").lines] == [row["currency"] for row in rows]
    assert do(noun, "list", "--out", tmp_path / "list.xlsx").status == 0
    header, *cells = load_workbook(tmp_path / "list.xlsx").active.values
    assert (header[-1], [row[-1] for row in cells]) == ("Currency", [row["currency"] for row in rows])


@pytest.mark.parametrize(
    "typed",
    [
        ["charge", "list", "--columns", "number,left"],
        ["payment", "list", "--columns", "number,net"],
        ["credit", "list", "--columns", "id,left"],
        ["membership", "list", "--columns", "number,price"],
        ["membership", "list", "--columns", "number,owed"],
        ["membership", "due", "--queue", "payment-due"],
        ["membership", "timeline", "M-6"],
        ["billing", "preview", "--through", "+2m"],
        ["rate", "list"],
        ["charge", "add", "--membership", "M-4", "--amount", "6", "--for", "Towel"],
        ["membership", "show", "M-6"],
        ["charge", "show", "C-1"],
        ["payment", "show", "P-2"],
        ["order", "show", "O-6"],
        ["client", "show", "3"],
        ["billing", "run", "--through", "+2m", "--dry-run"],
    ],
)
def test_whatever_has_an_amount_in_json_has_its_currency(do, typed):
    found = do(*typed, "--json").json
    amounts = []

    def look(value) -> None:
        if isinstance(value, list):
            for each in value:
                look(each)
        elif isinstance(value, dict):
            amounts.extend(
                value["currency"]
                for key in ("amount", "left", "net", "price", "owed")
                if isinstance(value.get(key), str)
            )
            for each in value.values():
                look(each)

    look(found)
    assert amounts
    assert set(amounts) <= {"EUR", "CHF"}


def test_a_table_shows_the_currency_where_a_row_needs_it(do):
    def titles(*typed: str) -> list[str]:
        return table(do(*typed, "--format", "table"))[0]

    assert "Currency" in titles("charge", "list")
    assert titles("charge", "list", "--columns", "number,left,status") == ["Number", "Left", "Currency", "Status"]
    assert "Currency" in titles("payment", "list", "--type", "cash")
    assert "Currency" not in titles("payment", "list", "--type", "card")
    assert "Currency" not in titles("membership", "timeline", "M-7")
    assert "Currency" in titles("membership", "timeline", "M-6")
    assert titles("charge", "list", "--membership", "M-7", "--columns", "left,currency") == ["Left", "Currency"]
    assert do("config", "set", "currency", "CHF").status == 0
    assert "Currency" in titles("payment", "list", "--type", "card")
    assert "Currency" not in titles("membership", "timeline", "M-6")


def test_columns_that_are_named_are_those_that_are_written(do):
    assert do("charge", "list", "--columns", "number,left", "--format", "csv").lines[0] == "number,left"
    assert do("charge", "list", "--columns", "number,left").lines[0] == "C-1\t0.00"
    assert (
        do("billing", "preview", "--through", "+1m", "--columns", "currency", "--sort", "-currency").lines[0] == "EUR"
    )
    assert do("charge", "list", "-q").lines == ["C-1", "C-2", "C-3"]
