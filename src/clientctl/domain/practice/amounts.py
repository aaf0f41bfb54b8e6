"""Read amounts of money as people type them: in the currency of what they are about, else in the usual one."""

from collections.abc import Iterable

from clientctl.base import money
from clientctl.base.money import Money
from clientctl.domain.practice import settings
from clientctl.errors import UsageError
from clientctl.store import Reader


def usual(db: Reader) -> str:
    """Return the currency of amounts about nothing that has one: the setting ``currency``."""
    return settings.get(db, "currency") or "EUR"


def read(db: Reader, typed: str, about: Iterable[str] = ()) -> Money:
    """Read an amount; ``about`` are the currencies of what it is about, if that has any.

    Raise UsageError for an amount without a currency that is about several, and for what is no amount.
    """
    found = {money.parse_amount(typed, currency) for currency in sorted(set(about)) or [usual(db)]}
    if len(found) > 1:
        codes = " and ".join(sorted(each.currency for each in found))
        raise UsageError(f"this is about {codes}: say which is meant, like '20 {min(found).currency}'")
    return found.pop()
