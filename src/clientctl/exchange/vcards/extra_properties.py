"""Store vCard properties without a field here in one form for all versions, and write them in each version.

What we wrote is so known again when it comes back, in whatever version. The form is that of 4.0, where the
versions differ in more than their words.
"""

import re
from collections.abc import Iterable
from typing import Literal

from clientctl.base import emails, phones
from clientctl.exchange.vcards.lines import Property

Version = Literal["3.0", "4.0"]

ONCE = frozenset(
    {
        "ANNIVERSARY",
        "BDAY",
        "BIRTHPLACE",
        "CLASS",
        "DEATHDATE",
        "DEATHPLACE",
        "FN",
        "GENDER",
        "KIND",
        "N",
        "PRODID",
        "REV",
        "SORT-STRING",
        "UID",
    }
)
"""Properties that a card has one of at most: of two, as after a merge, the first counts."""

_TEXTS = frozenset({"LABEL", "MAILER", "ROLE", "SORT-STRING", "TITLE"})
"""Properties that are one text, in which 2.1 lets commas and semicolons stand."""

_MEDIA = {"KEY": "application", "LOGO": "image", "PHOTO": "image", "SOUND": "audio"}
_ENCODINGS = frozenset({"quoted-printable", "base64", "b", "7bit", "8bit"})
_ENCODED = re.compile(r"[^:]*QUOTED-PRINTABLE", re.IGNORECASE)
_NUMBER = r"[+-]?\d{1,3}(?:\.\d+)?"
_PLACE = re.compile(rf"(?:geo:)?({_NUMBER})\\?[;,]({_NUMBER})", re.ASCII | re.IGNORECASE)
_YEARLESS = re.compile(r"(?:--|\d{4}-?)(\d\d)-?(\d\d)(?:T.*)?", re.ASCII)
_PARTS = re.compile(r"((?:\\.|[^\\;])*)(?:;|\Z)", re.DOTALL)
_DATA = re.compile(r"data:[\w.-]+/([\w.+-]+);base64,(.*)", re.ASCII | re.IGNORECASE | re.DOTALL)
_LINE = re.compile(r'((?:[\w-]+\.)?([\w-]+))((?:;(?:"[^"]*+"|[^";:])*+)*+):(.*)', re.ASCII | re.DOTALL)


FIRST = "X-CLIENTCTL-FIRST-"
"""How a line that is kept begins which says what the first e-mail or phone is called in its card; it is not written."""

_UNSAID = frozenset({"pref", "internet"})
_TYPE = re.compile(";TYPE=([^;:]*)")
_CALLED = re.compile(';X-ABLABEL=(?:"([^"]*)"|([^;:]*))')


def name_of(line: str) -> str | None:
    """Return the name of the property on a line; None if it is not one."""
    found = _LINE.match(line)
    return found[2].upper() if found else None


def titles(value: str) -> list[str]:
    """Return the titles before and after a name, still escaped."""
    return [*(part.strip() for part in _PARTS.findall(value)[3:5]), "", ""][:2]


def kept(each: Property) -> str:
    """Return the line to store for a property: as it was written, except where versions and programs differ."""
    group = f"{each.group}." if each.group else ""
    if each.name == "N":
        return f"N:;;;{';'.join(map(_on_one_line, titles(each.value)))}"
    day = _YEARLESS.fullmatch(each.value.strip()) if each.name == "BDAY" else None
    if day:
        return f"{group}BDAY:--{day[1]}{day[2]}"
    place = _PLACE.fullmatch(each.value.strip()) if each.name == "GEO" else None
    if place:
        return f"{group}GEO{_parameters(each, 'value')}:geo:{place[1]},{place[2]}"
    encoded = each.types | {value.lower() for value in each.params.get("encoding", ())}
    if each.name in _MEDIA and not encoded.isdisjoint({"b", "base64"}):
        kind = min(each.types - _ENCODINGS, default="octet-stream").rpartition("/")[2]
        return f"{group}{each.name}:data:{_MEDIA[each.name]}/{kind};base64,{''.join(each.value.split())}"
    bare = each.types - {value.lower() for value in each.params.get("type", ())}
    if not (bare or "charset" in each.params or _ENCODED.match(each.text)) and _LINE.fullmatch(each.text):
        return each.text
    value = re.sub(r"(?<!\\)[,;]", r"\\\g<0>", each.value) if each.name in _TEXTS else each.value
    return f"{group}{each.name}{_parameters(each)}:{_on_one_line(value)}"


def written(line: str, version: Version) -> str:
    """Format a stored line for a version."""
    found = _LINE.fullmatch(line)
    if found is None or version == "4.0":
        return line
    start, name, parameters, value = found[1], found[2].upper(), found[3], found[4]
    place = _PLACE.fullmatch(value) if name == "GEO" else None
    data = _DATA.fullmatch(value) if name in _MEDIA else None
    if name == "BDAY" and (day := re.fullmatch(r"--(\d\d)(\d\d)", value)):
        return f"{start};X-APPLE-OMIT-YEAR=1604:1604-{day[1]}-{day[2]}"
    if place:
        return f"{start}{parameters}:{place[1]};{place[2]}"
    if data:
        kind = "" if data[1] == "octet-stream" else f";TYPE={data[1].upper()}"
        return f"{start};ENCODING=b{kind}:{data[2]}"
    return line


def first(each: Property, label: str | None, value: str) -> str | None:
    """Return the line to store for the first e-mail or phone, whose name is not stored here; None for a plain one."""
    types = ",".join(sorted(kind.upper() for kind in each.types - _UNSAID if re.fullmatch(r"[\w-]+", kind, re.ASCII)))
    called = label.replace('"', "'") if label else ""
    said = f"{types and ';TYPE='}{types}{called and ';X-ABLABEL='}{called and _quoted(called)}"
    return f"{FIRST}{each.name}{said}:{_key(each.name, value)}" if said else None


def of_first(kept_lines: Iterable[str], name: str, value: str) -> tuple[list[str], str | None]:
    """Return the types and the name of the first e-mail or phone in its card, if it is unchanged."""
    found: tuple[list[str], str | None] = [], None
    for line in kept_lines:
        match = _LINE.fullmatch(line) if line.startswith(f"{FIRST}{name}") else None
        if match and match[4] == _key(name, value):
            types, called = _TYPE.search(match[3]), _CALLED.search(match[3])
            found = types[1].split(",") if types else [], (called[1] or called[2]) if called else None
    return found


def _key(name: str, value: str) -> str:
    """Return a key for comparing values however they are written."""
    return emails.key(value) if name == "EMAIL" else phones.key(value)[::-1] or value


def _parameters(each: Property, but: str = "") -> str:
    """Format the parameters of a property except its encoding; types with their name."""
    written = [
        f";{key.upper()}={','.join(map(_quoted, values))}"
        for key, values in each.params.items()
        if key not in {"type", "encoding", "charset", but}
    ]
    types = ",".join(sorted(each.types - _ENCODINGS))
    return "".join([*written, f";TYPE={types}" if types else ""])


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search("[,;:]", value) else value


def _on_one_line(value: str) -> str:
    return re.sub(r"\r\n|\r|\n", r"\\n", value)
