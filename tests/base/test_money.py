"""Amounts of money: exact, in any usual notation, never guessed."""

import pytest
from babel.core import get_global
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from clientctl.base import money
from clientctl.base.money import Money
from clientctl.errors import UsageError


@pytest.mark.parametrize(
    "text",
    ["1234.50", "1234,50", "1234.5", "1234.50 EUR", "EUR 1234.50", "eur1234,50", "1234,50 €", "€1234.50", "€ 1234.50",
     "1 234,50 €", "1\u00a0234,50\u00a0€", "1\u202f234,50\u202f€", "1.234,50", "1,234.50", "1'234.50", "1’234.50",
     " 01234.50 "],
)  # fmt: skip
def test_an_amount_is_read_in_every_notation(text):
    assert money.parse_amount(text, "EUR") == Money(123450, "EUR")


@pytest.mark.parametrize(
    ("text", "default", "expected"),
    [
        ("49.90", "EUR", Money(4990, "EUR")),
        ("10", "EUR", Money(1000, "EUR")),
        ("0", "EUR", Money(0, "EUR")),
        ("0.05", "EUR", Money(5, "EUR")),
        ("1 234 567", "EUR", Money(123456700, "EUR")),
        ("49.90 GBP", "EUR", Money(4990, "GBP")),
        ("£49.90", "EUR", Money(4990, "GBP")),
        ("49.90 €", "GBP", Money(4990, "EUR")),
        ("500 JPY", "EUR", Money(500, "JPY")),
        ("1.234", "KWD", Money(1234, "KWD")),
        ("$5", "USD", Money(500, "USD")),
        ("$5", "AUD", Money(500, "AUD")),
        ("$5", "MXN", Money(500, "MXN")),
        ("CA$5", "EUR", Money(500, "CAD")),
        ("₹5", "EUR", Money(500, "INR")),
        ("92233720368547758.07", "EUR", Money(2**63 - 1, "EUR")),
        ("00000000000000000000000005", "EUR", Money(500, "EUR")),
    ],
)
def test_a_currency_in_the_text_wins(text, default, expected):
    assert money.parse_amount(text, default) == expected


@pytest.mark.parametrize(
    "text",
    ["", " ", "-5", "+5", "--5", "1,234", "1.234", "12.345", "1.234.567", "1,234,567", "1 23,50", "12 34.50",
     "1,234,50",
     "1.234.50", "1 234'567", "1e400", "1e2", "NaN", "inf", "0x10", "5.", ".5", "5,", "٥", "½", "1_000", "5 %",
     "92233720368547758.08", "9" * 30, "9" * 5000, "EUR 5 EUR", "€5€", "1/2"],
)  # fmt: skip
def test_what_is_not_clearly_an_amount_is_refused(text):
    with pytest.raises(UsageError) as error:
        money.parse_amount(text, "EUR")
    assert "49.90" in error.value.message or "ISO code" in error.value.message
    assert len(error.value.message) < 200


@pytest.mark.parametrize("text", ["5.0", "1,234", "0.5"])
def test_a_currency_without_decimals_takes_none(text):
    with pytest.raises(UsageError, match="not an amount"):
        money.parse_amount(text, "JPY")


def test_a_dollar_of_no_country_is_refused():
    with pytest.raises(UsageError, match=r"49\.90 USD"):
        money.parse_amount("$5", "EUR")


@pytest.mark.parametrize("text", ["5 XYZ", "5 DEM", "5 bananas", "5 XXX", "5 XAU", "5 ¤"])
def test_an_unknown_currency_is_refused(text):
    with pytest.raises(UsageError, match="ISO code"):
        money.parse_amount(text, "EUR")


def test_a_currency_in_use_is_known():
    assert money.parse_code(" chf ") == "CHF"
    for wrong in ("", "EU", "HRK", "FRF", "EURO", "E\nR"):
        with pytest.raises(UsageError, match="ISO code"):
            money.parse_code(wrong)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Money(4990, "EUR"), "49.90"),
        (Money(5, "EUR"), "0.05"),
        (Money(0, "EUR"), "0.00"),
        (Money(-5, "EUR"), "-0.05"),
        (Money(-123450, "EUR"), "-1234.50"),
        (Money(500, "JPY"), "500"),
        (Money(1, "KWD"), "0.001"),
        (Money(2**63 - 1, "EUR"), "92233720368547758.07"),
    ],
)
def test_an_amount_is_written_plainly(value, text):
    assert money.format_amount(value) == text


@given(st.integers(0, 2**63 - 1), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_an_amount_written_is_read_back(minor, currency):
    value = Money(minor, currency)
    assert money.parse_amount(money.format_amount(value), currency) == value
    assert money.parse_amount(f"{money.format_amount(value)} {currency}", "EUR") == value
    assert money.parse_cell(money.format_cell(value)) == value


def test_a_cell_holds_minor_units_and_currency():
    assert money.format_cell(Money(4990, "EUR")) == "4990 EUR"
    assert money.parse_cell("-4990 EUR") == Money(-4990, "EUR")


@pytest.mark.parametrize(
    ("price", "used", "whole", "expected"),
    [
        (6000, 17, 31, 3290),
        (4990, 10, 28, 1782),
        (6000, 12, 31, 2323),
        (1, 1, 2, 1),  # half a cent, up
        (3, 1, 2, 2),
        (1, 1, 3, 0),
        (6000, 31, 31, 6000),
        (6000, 0, 31, 0),
    ],
)
def test_a_part_is_rounded_half_up(price, used, whole, expected):
    assert money.prorata(Money(price, "EUR"), used, whole) == Money(expected, "EUR")


@given(st.integers(0, 2**60), st.integers(1, 366), st.data())
def test_the_two_parts_of_a_price_make_it_up_to_a_minor_unit(price, whole, data):
    used = data.draw(st.integers(0, whole))
    value = Money(price, "EUR")
    both = money.prorata(value, used, whole).minor + money.prorata(value, whole - used, whole).minor
    assert both - price in {0, 1}


# Where CLDR counts the decimals that people use and ISO 4217 those that banks do; ISO is followed.
CLDR_DIFFERS = {
    "AFN": 2, "ALL": 2, "COP": 2, "CRC": 2, "CZK": 2, "HUF": 2, "IDR": 2, "IQD": 3, "IRR": 2, "KPW": 2, "LAK": 2,
    "LBP": 2, "MGA": 2, "MMK": 2, "MNT": 2, "MRU": 2, "MUR": 2, "NOK": 2, "PKR": 2, "RSD": 2, "SEK": 2, "SOS": 2,
    "SYP": 2, "TWD": 2, "TZS": 2, "UZS": 2, "YER": 2,
}  # fmt: skip


def test_decimals_are_those_of_iso_4217():
    territories = get_global("territory_currencies").values()
    in_use = {code for uses in territories for code, _, end, tender in uses if tender and end is None}
    assert len(in_use) > 140
    for code in in_use:
        assert money.digits(code) == CLDR_DIFFERS.get(code, get_currency_precision(code)), code
