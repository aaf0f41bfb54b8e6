"""Amounts of money as people type them: in the currency of what they are about, else in the default one."""

from collections.abc import Iterable

from clientctl.base import money
from clientctl.base.money import Money
from clientctl.base.words import say
from clientctl.domain.practice import settings
from clientctl.errors import UsageError
from clientctl.store import Reader


def default_currency(db: Reader) -> str:
    """Return the currency of an amount that names none: the setting ``currency``."""
    return settings.get(db, "currency") or "EUR"


def parse(db: Reader, typed: str, about: Iterable[str] = ()) -> Money:
    """Parse an amount; ``about`` has the currencies of what it is about, if there are any.

    Raise UsageError for a text that is not an amount, and for one without a currency where several are possible.
    """
    found = {money.parse_amount(typed, currency) for currency in sorted(set(about)) or [default_currency(db)]}
    if len(found) > 1:
        codes = " or ".join(sorted(each.currency for each in found))
        raise UsageError(
            say(
                "the amount can be in {codes}: name the currency, like '20 {currency}'",
                codes=codes,
                currency=min(found).currency,
            )
        )
    return found.pop()
