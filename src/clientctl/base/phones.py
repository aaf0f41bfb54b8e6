"""Parse phone numbers, and compute the key by which they are searched.

A number is stored in E.164, ``+33612345678``. One that is not valid in its country is stored
as typed: it may still be useful, and is found by its digits.
"""

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from clientctl.base.text import pattern, quoted
from clientctl.base.words import say
from clientctl.errors import UsageError

if TYPE_CHECKING:
    from phonenumbers import PhoneMetadata

KEY_DIGITS = 9
# Patterns are plain texts, compiled when they are first used.
_PUNCTUATION = r"\s().\-/‐-―"
_LOOKS = rf"[{_PUNCTUATION}]*(?:\+(?:[{_PUNCTUATION}]*\d)+|\d(?:[{_PUNCTUATION}]*\d){{6,}})[{_PUNCTUATION}]*"
_PLAIN = r"(\+?)([0-9 ().\-/]+)"
_E164 = r"\+[0-9]{4,}"
_TRUNCATED = r"(?i)[0-9]+(?:[.,][0-9]+)?E\+?[0-9]+"
_DROPPED = str.maketrans("", "", "+ ().-/")
_NO_DIGIT = r"\D+"
_EXTENSION = r"(?is)(?<=\d)[\s,;(]*(?:ext|x|#).*"


def looks_like_phone(text: str) -> bool:
    """Return whether a text looks like a phone number: a ``+``, or at least seven digits."""
    return pattern(_LOOKS).fullmatch(text) is not None


def is_truncated(text: str) -> bool:
    """Return whether a spreadsheet has shortened a long number to its first digits: ``3,39E+11``."""
    return ("E" in text or "e" in text) and pattern(_TRUNCATED).fullmatch(text) is not None


def key(text: str) -> str:
    """Return a number's last nine digits in reverse, so that an index finds it by its end.

    All of them if it has fewer; empty if it has none. Extensions are ignored.
    """
    if text[:1] == "+" and text[1:].isdecimal() and text.isascii():  # as most are stored
        return text[: -KEY_DIGITS - 1 : -1].rstrip("+")
    if not text.isascii():
        text = re.sub(r"\d", lambda digit: str(unicodedata.decimal(digit[0])), text)
    digits = text.translate(_DROPPED)
    if not digits.isdecimal():
        digits = pattern(_NO_DIGIT).sub("", pattern(_EXTENSION).sub("", text))
    return digits[: -KEY_DIGITS - 1 : -1]


def check_region(region: str) -> str:
    """Return the code of a country that has phone numbers, in capitals. Raise UsageError for any other."""
    import phonenumbers  # slow, only where a number is typed

    code = region.strip().upper()
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise UsageError(
            say("no region {region}: use a country's two letters, such as FR, GB or US", region=quoted(region))
        )
    return code


def normalize(text: str, region: str) -> tuple[str, bool]:
    """Return a number as it is stored, and whether it is valid.

    A valid one is in E.164, parsed as dialed in the region if it has no country code.
    Any other stays as typed; so does one with a word or an extension, which E.164 would lose.
    """
    typed = text.strip() if text.isascii() else unicodedata.normalize("NFC", text).strip()
    plain = pattern(_PLAIN).fullmatch(typed)
    found = _parse_plain_number(plain[2].translate(_DROPPED), region, plain[1] == "+") if plain else None
    if found is None:
        found = _parse_any_number(typed, region)
    return (found, True) if found else (typed, False)


def format_for_people(stored: str) -> str:
    """Format a number for people: ``+33 1 99 00 12 34``. One that is stored as typed is unchanged."""
    if not pattern(_E164).fullmatch(stored):
        return stored
    from clientctl.base import phone_groups  # only where a number is shown

    return phone_groups.group(stored) or stored


def _parse_any_number(typed: str, region: str) -> str:
    """Return a number in E.164, parsed by the library; empty if it is not valid or not only a number."""
    import phonenumbers  # slow, only where a number is typed

    if any(map(str.isalpha, typed)):
        return ""
    try:
        number = phonenumbers.parse(" ".join(typed.split()), region)
    except phonenumbers.NumberParseException:
        return ""
    if number.extension or not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# The library takes 18 to 32 µs a number, mostly for handling arbitrary texts and finding which
# of ten kinds a number is. What follows parses numbers of bare digits with the library's own tables
# in 2 to 3 µs: the valid ones, and invalid ones of a country that shares its code with no other. The
# rest is left to the library.


class _Numbering(NamedTuple):
    """The numbering rules of a country code, in its main country."""

    code: str
    is_alone: bool
    """Whether no other country has the code."""
    abroad: re.Pattern[str]
    """The prefix dialed before another country's code."""
    trunk: re.Pattern[str]
    """The prefix dialed before a domestic number, which is not part of it."""
    trunk_only: bool
    """Whether removing the trunk prefix is the only transformation."""
    valid: dict[int, re.Pattern[str]]
    """The valid numbers, by their length."""

    def holds(self, number: str) -> bool:
        """Return whether a number without its country code is valid."""
        valid = self.valid.get(len(number))
        return valid is not None and valid.fullmatch(number) is not None


def _parse_plain_number(digits: str, region: str, international: bool) -> str | None:
    """Return a number of bare digits in E.164; empty if it is not valid, None if the library must decide."""
    if international:
        numbering = _numbering_of_code(digits)
        if numbering is None:
            return None
        number = digits[len(numbering.code) :]
        trunk = numbering.trunk.match(number)
        if trunk and not (numbering.is_alone and numbering.trunk_only):
            return None
    else:
        numbering = _numbering(region)
        if numbering is None or numbering.abroad.match(digits) or digits.startswith(numbering.code):
            return None
        number = digits
        trunk = numbering.trunk.match(number)
        if trunk and not numbering.trunk_only:
            return None
    without = number[trunk.end() :] if trunk else number
    if not (trunk and international) and numbering.holds(without):
        return f"+{numbering.code}{without}"
    # The library may treat the trunk prefix as part of the number: then neither is valid.
    return None if not numbering.is_alone or numbering.holds(number) or numbering.holds(without) else ""


def _numbering_of_code(digits: str) -> _Numbering | None:
    """Return the numbering of the country code that digits start with; None if there is none."""
    for length in (1, 2, 3):
        region = _first_region(digits[:length])
        if region:
            return _numbering(region)
    return None


@cache
def _first_region(code: str) -> str | None:
    """Return the main region of a country code; None if there is no such code."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # slow

    if not code or code[0] == "0":
        return None
    return COUNTRY_CODE_TO_REGION_CODE.get(int(code), (None,))[0]


@cache
def _numbering(region: str) -> _Numbering | None:
    """Return the numbering of a region from the library's tables; None if it is not its code's main region."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata  # slow

    data = PhoneMetadata.metadata_for_region(region, None)
    if data is None or data.country_code is None or _first_region(str(data.country_code)) != region:
        return None
    never = "(?!)"
    trunk = re.compile(data.national_prefix_for_parsing or never)
    return _Numbering(
        code=str(data.country_code),
        is_alone=len(COUNTRY_CODE_TO_REGION_CODE[data.country_code]) == 1,
        abroad=re.compile(data.international_prefix or never),
        trunk=trunk,
        trunk_only=not data.national_prefix_transform_rule and not trunk.groups,
        valid=_valid_numbers(data),
    )


def _valid_numbers(data: "PhoneMetadata") -> dict[int, re.Pattern[str]]:
    """Combine the patterns of all kinds of numbers of a region, by length."""
    kinds = (
        data.fixed_line, data.mobile, data.toll_free, data.premium_rate, data.shared_cost,
        data.personal_number, data.voip, data.pager, data.uan, data.voicemail,
    )  # fmt: skip
    general = data.general_desc
    by_length: dict[int, list[str]] = {}
    for kind in kinds:
        if general and kind and kind.national_number_pattern:
            for length in kind.possible_length or general.possible_length:
                by_length.setdefault(length, []).append(kind.national_number_pattern)
    if general is None:
        return {}
    among = f"(?={data.leading_digits or ''})(?=(?:{general.national_number_pattern})\\Z)"
    return {length: re.compile(f"{among}(?:{'|'.join(patterns)})") for length, patterns in by_length.items()}
