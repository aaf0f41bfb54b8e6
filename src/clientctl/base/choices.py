"""Parse names out of a fixed set: in any case, with - or _ between words, several separated by commas."""

from collections.abc import Iterable

from clientctl.base.text import quoted
from clientctl.errors import UsageError


def parse_several(typed: Iterable[str], there: Iterable[str], what: str) -> list[str]:
    """Return the names typed, each once, in their order. Raise UsageError that lists the valid ones."""
    known = {_key(name): name for name in there}
    found: dict[str, None] = {}
    for part in (part.strip() for each in typed for part in each.split(",")):
        if _key(part) not in known:
            raise UsageError(f"no {what} {quoted(part)}: there are {', '.join(known.values()) or 'none'}")
        found[known[_key(part)]] = None
    return list(found)


def parse_one(typed: str, there: Iterable[str], what: str) -> str:
    """Return the name typed. Raise UsageError that lists the valid ones."""
    known = {_key(name): name for name in there}
    try:
        return known[_key(typed)]
    except KeyError:
        raise UsageError(f"no {what} {quoted(typed)}: there are {', '.join(known.values()) or 'none'}") from None


def _key(name: str) -> str:
    return name.strip().lower().replace("_", "-")
