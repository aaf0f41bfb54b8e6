"""Parse names out of a fixed set: in any case, with - or _ between words, several separated by commas."""

from collections.abc import Iterable

from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.errors import UsageError


def parse_several(typed: Iterable[str], valid: Iterable[str], what: str) -> list[str]:
    """Return the names typed, each once, in their order. Raise UsageError that lists the valid ones."""
    known = {_key(name): name for name in valid}
    found: dict[str, None] = {}
    for part in (part.strip() for each in typed for part in each.split(",")):
        if _key(part) not in known:
            raise _unknown(what, part, known.values())
        found[known[_key(part)]] = None
    return list(found)


def parse_one(typed: str, valid: Iterable[str], what: str) -> str:
    """Return the name typed. Raise UsageError that lists the valid ones."""
    known = {_key(name): name for name in valid}
    try:
        return known[_key(typed)]
    except KeyError:
        raise _unknown(what, typed, known.values()) from None


def _unknown(what: str, typed: str, valid: Iterable[str]) -> UsageError:
    """Return the error for a name that is none of those there, which ``what`` describes."""
    names = ", ".join(valid)
    if not names:
        return UsageError(say("no {what} {typed}: there are none", what=what, typed=quoted(typed)))
    return UsageError(say("no {what} {typed}: there are {names}", what=what, typed=quoted(typed), names=names))


def _key(name: str) -> str:
    return name.strip().lower().replace("_", "-")
