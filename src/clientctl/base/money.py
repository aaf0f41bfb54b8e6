"""Money in whole minor units of an ISO 4217 currency; never a float, never two currencies added."""

import re
from functools import cache
from typing import NamedTuple

from clientctl.base.text import quoted, refuse_card
from clientctl.base.words import say
from clientctl.errors import UsageError

AMOUNT_FORMS = "49.90, 49,90 or 49.90 EUR, up to the currency's decimals"
MOST_MINOR = 2**63 - 1
"""The largest number of minor units that the store holds."""

# Decimals by ISO 4217 of every currency that does not have two. CLDR, which Babel follows, has
# those used in cash instead: none for the Iraqi dinar (ISO: 3) or the Serbian dinar (ISO: 2).
_DIGITS = {
    **dict.fromkeys(
        (
            "BIF",
            "CLP",
            "DJF",
            "GNF",
            "ISK",
            "JPY",
            "KMF",
            "KRW",
            "PYG",
            "RWF",
            "UGX",
            "VND",
            "VUV",
            "XAF",
            "XOF",
            "XPF",
        ),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_SIGNS = {"€": "EUR", "£": "GBP"}
_LONGEST = 60
# Patterns are plain texts: ``re`` compiles them when they are first used, not at every start.
_SPACES = r" \u00a0\u2007\u2009\u202f"
_AMOUNT = (
    rf"(?P<before>[^\d.,'’{_SPACES}+-]*)[{_SPACES}]*"
    rf"(?P<number>[0-9](?:[0-9.,'’{_SPACES}]*[0-9])?)"
    rf"[{_SPACES}]*(?P<after>[^\d.,'’{_SPACES}+-]*)"
)
_PLAIN = r"([0-9]+)(?:[.,]([0-9]+))?"
# Thousands grouped by spaces or apostrophes, then either decimal sign; or by the one and decimals
# after the other.
_GROUPED = (
    rf"(?P<whole>[0-9]{{1,3}}(?P<by>[{_SPACES}'’.,])[0-9]{{3}}(?:(?P=by)[0-9]{{3}})*)"
    r"(?:(?P<sign>[.,])(?P<part>[0-9]+))?"
)


class Money(NamedTuple):
    """An amount in minor units, 4990 for 49.90, and its ISO currency."""

    minor: int
    currency: str


def digits(currency: str) -> int:
    """Return the number of decimals of a currency by ISO 4217."""
    return _DIGITS.get(currency, 2)


def format_amount(money: Money) -> str:
    """Format an amount in major units without its currency, ``49.90``; all its decimals, no grouping."""
    places = digits(money.currency)
    sign = "-" if money.minor < 0 else ""
    text = str(abs(money.minor)).zfill(places + 1)
    return f"{sign}{text[:-places]}.{text[-places:]}" if places else f"{sign}{text}"


def format_cell(money: Money) -> str:
    """Format money as a cell of a list: minor units and currency, ``4990 EUR``."""
    return f"{money.minor} {money.currency}"


def parse_cell(text: str) -> Money:
    """Parse a cell written by ``format_cell``."""
    minor, _, currency = text.partition(" ")
    return Money(int(minor), currency)


def parse_code(currency: str) -> str:
    """Return the ISO code of a currency in use today, in capitals. Raise UsageError for any other."""
    code = currency.strip().upper()
    if code not in _in_use():
        raise UsageError(
            say(
                "no currency {currency} in use today: use an ISO code such as EUR, GBP or USD",
                currency=quoted(currency),
            )
        )
    return code


def check_code(currency: str) -> str:
    """Return the ISO code of a current or former currency. Raise UsageError for any other text."""
    if currency not in _ever_used():
        raise UsageError(
            say("no currency {currency}: use an ISO code such as EUR, GBP or USD", currency=quoted(currency))
        )
    return currency


def prorata(price: Money, used: int, whole: int) -> Money:
    """Return the part of a price for ``used`` of ``whole`` days, rounded half up to the minor unit."""
    return Money((2 * price.minor * used + whole) // (2 * whole), price.currency)


def parse_amount(text: str, currency: str) -> Money:
    """Parse an amount of money that a person typed; a currency in the text overrides the given one.

    One point or comma is the decimal separator: ``1,234`` is refused in euros, where it has too many
    decimals, rather than guessed. Thousands may be grouped by spaces or apostrophes, and by points
    or commas if the other one follows: ``1 234,50``, ``1.234,50``. Raise UsageError for anything else,
    also for negative amounts, and RefusedError for a card number.
    """
    refuse_card(text)
    match = re.fullmatch(_AMOUNT, text.strip()) if len(text) <= _LONGEST else None
    if match is None or (match["before"] and match["after"]):
        raise _not_an_amount(text)
    code = _currency(match["before"] or match["after"], currency)
    whole, part = _split_number(match["number"])
    places = digits(code)
    minor = int(whole + part.ljust(places, "0")) if whole and len(part) <= places else MOST_MINOR + 1
    if minor > MOST_MINOR:
        raise _not_an_amount(text)
    return Money(minor, code)


def _split_number(number: str) -> tuple[str, str]:
    """Split a number into its digits before and after the decimal separator; empty if it is ambiguous."""
    plain = re.fullmatch(_PLAIN, number)
    if plain:
        return plain[1], plain[2] or ""
    grouped = re.fullmatch(_GROUPED, number)
    if grouped is None or grouped["by"] == grouped["sign"] or (grouped["by"] in ".," and not grouped["sign"]):
        return "", ""
    return grouped["whole"].replace(grouped["by"], ""), grouped["part"] or ""


def _currency(word: str, default: str) -> str:
    """Parse a currency's code or sign; return the default if there is none."""
    if not word or word.upper() == default:
        return default
    if word == "$":
        return _resolve_dollar(default)
    return _SIGNS.get(word) or _signs().get(word) or parse_code(word)


def _resolve_dollar(default: str) -> str:
    """Return the default currency for ``$`` if it is a dollar or peso. Raise UsageError: it could be any of thirty."""
    from babel.numbers import get_currency_name  # slow, only for a $

    if not get_currency_name(default, locale="en").endswith(("Dollar", "Peso")):
        raise UsageError(say("$ is the sign of many currencies: write its ISO code, as in 49.90 USD"))
    return default


@cache
def _signs() -> dict[str, str]:
    """Return the currencies by their English signs: ``₹``, ``CA$``."""
    from babel import Locale  # slow, only for a sign other than € and £

    signs = Locale.parse("en").currency_symbols
    return {str(sign): code for code, sign in signs.items() if sign != code and code in _in_use()}


@cache
def _in_use() -> frozenset[str]:
    """Return the codes of the currencies that are legal tender somewhere today, as CLDR knows them."""
    from babel.core import get_global  # slow, only where a currency is typed

    territories = get_global("territory_currencies").values()
    return frozenset(code for uses in territories for code, _, end, tender in uses if tender and end is None)


@cache
def _ever_used() -> frozenset[str]:
    """Return the codes of all currencies, as CLDR knows them."""
    from babel.core import get_global  # slow, only for imported practices

    return frozenset(get_global("all_currencies"))


def _not_an_amount(text: str) -> UsageError:
    return UsageError(say("not an amount of money: {text}: use {forms}", text=quoted(text), forms=say(AMOUNT_FORMS)))
