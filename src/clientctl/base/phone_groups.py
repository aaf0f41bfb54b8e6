"""Group the digits of a phone number as its country does, from the library's table of that country alone.

Loading the library takes 50 ms, half of what a table on a terminal may; reading one of its tables takes 0.5 ms.
"""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

_LONGEST_CODE = 3
_REGION = r'^    {code}: \("(\w+)"'
"""How the library's data names the region that a country code belongs to first."""
_NO_COUNTRY = "001"
"""What it calls the region of a code that is no country's: its table is named by the code."""


class _Group(NamedTuple):
    """One way to group numbers: those that begin so and are made so, and how they are written."""

    leading: re.Pattern[str]
    pattern: re.Pattern[str]
    written: str


def group(number: str) -> str | None:
    """Write a number in E.164 in groups, ``+33 1 99 00 12 34``; None when its country code is none."""
    digits = number.removeprefix("+")
    for length in range(1, _LONGEST_CODE + 1):
        code, rest = digits[:length], digits[length:]
        groups = _groups(code) if rest else None
        if groups is not None:
            fit = (each for each in groups if each.leading.match(rest) and each.pattern.fullmatch(rest))
            chosen = next(fit, None)
            return f"+{code} {chosen.pattern.sub(chosen.written, rest) if chosen else rest}"
    return None


@cache
def _groups(code: str) -> list[_Group] | None:
    """Read how the numbers of a country code are grouped abroad; None when there is no such code."""
    found = re.search(_REGION.format(code=code), _data("__init__"), re.MULTILINE)
    if not found:
        return None
    return _read(_data(f"region_{code if found[1] == _NO_COUNTRY else found[1]}"))


def _read(table: str) -> list[_Group]:
    """Take the formats out of a table, which is one call with literals."""
    import ast

    call = next((node for node in ast.walk(ast.parse(table)) if isinstance(node, ast.Call)), None)
    given = {keyword.arg: keyword.value for keyword in call.keywords} if call else {}
    formats = given.get("intl_number_format") or given.get("number_format")
    read = [
        {keyword.arg: ast.literal_eval(keyword.value) for keyword in each.keywords}
        for each in getattr(formats, "elts", ())
    ]
    leading = "leading_digits_pattern"  # several for those who type, the last of which says it all
    return [
        _Group(re.compile(each[leading][-1] if leading in each else ""), re.compile(each["pattern"]), each["format"])
        for each in read
    ]


@cache
def _data(name: str) -> str:
    """Read a file of the library's data; nothing where a later version keeps it in another place."""
    from importlib.util import find_spec

    package = find_spec("phonenumbers")  # found, not loaded
    folder = package.submodule_search_locations if package else None
    try:
        return Path(*folder or (), "data", f"{name}.py").read_text("utf-8")
    except OSError:
        return ""
