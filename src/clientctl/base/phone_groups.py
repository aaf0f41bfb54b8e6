"""Group the digits of a phone number as its country does, using only that country's table of the library.

Loading the library takes 50 ms, half of the budget for a table on a terminal; reading one table takes 0.5 ms.
"""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

_LONGEST_CODE = 3
_REGION = r'^    {code}: \("(\w+)"'
"""The line in the library's data that names the main region of a country code."""
_NO_COUNTRY = "001"
"""The library's region for codes that belong to no country: their tables are named by the code."""


class _Group(NamedTuple):
    """A format: the leading digits and the pattern of its numbers, and how they are written."""

    leading: re.Pattern[str]
    pattern: re.Pattern[str]
    written: str


def group(number: str) -> str | None:
    """Format an E.164 number in groups, ``+33 1 99 00 12 34``; None for an unknown country code."""
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
    """Read the international formats of a country code; None if there is no such code."""
    found = re.search(_REGION.format(code=code), _data("__init__"), re.MULTILINE)
    if not found:
        return None
    return _read(_data(f"region_{code if found[1] == _NO_COUNTRY else found[1]}"))


def _read(table: str) -> list[_Group]:
    """Parse the formats of a table, which is one call with literals."""
    import ast

    call = next((node for node in ast.walk(ast.parse(table)) if isinstance(node, ast.Call)), None)
    keywords = {keyword.arg: keyword.value for keyword in call.keywords} if call else {}
    formats = keywords.get("intl_number_format") or keywords.get("number_format")
    read = [
        {keyword.arg: ast.literal_eval(keyword.value) for keyword in each.keywords}
        for each in getattr(formats, "elts", ())
    ]
    leading = "leading_digits_pattern"  # several for numbers being typed; the last one is complete
    return [
        _Group(re.compile(each[leading][-1] if leading in each else ""), re.compile(each["pattern"]), each["format"])
        for each in read
    ]


@cache
def _data(name: str) -> str:
    """Read a file of the library's data; empty if a later version has it elsewhere."""
    from importlib.util import find_spec

    package = find_spec("phonenumbers")  # found, not loaded
    folder = package.submodule_search_locations if package else None
    try:
        return Path(*folder or (), "data", f"{name}.py").read_text("utf-8")
    except OSError:
        return ""
