"""Detect full card numbers, which are never stored, among phone numbers, IBANs, SIRETs and other digits."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from clientctl.base.words import say
from clientctl.errors import RefusedError

# The prefixes and lengths of issuers' numbers.
_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:30[0-5]|309|36\d|3[89]\d)\d{11,16}"  # Diners Club
    r"|(?:6011|64[4-9]\d|65\d\d|62\d\d|81\d\d)\d{12,15}"  # Discover, UnionPay, RuPay
    r"|(?:35(?:2[89]|[3-8]\d)|220[0-4]|9792)\d{12,15}"  # JCB, Mir, Troy
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3]|6390)\d{9,15}"  # Maestro
)
# The digits of one number may be separated by anything but letters.
_BETWEEN = r"(?:[^\w\n]|_){1,5}"
_RUN = re.compile(r"\+?\d+(?:(?:[^\w+]|_|(?<=\d)\+(?=\d)){1,5}\d+)*")
# How a card's digits are grouped: not at all, by fours, as American Express and Diners Club do ...
_LAYOUT = re.compile(r"\d{13,19}|(?:\d{4} ){3,4}\d{1,4}|\d{4} \d{6} \d{4,5}|\d{6} \d{13}")
_MOST_GROUPS = 5
# ... or digit by digit, in one line: all of them, or any long series of figures would contain a card.
_SPELLED = re.compile(rf"(?<!\d)\d(?!\d)(?:{_BETWEEN}\d(?!\d))+")
# ... or in any other way, with the same character between all groups, one of which is longer than the others.
_SINGLE = re.compile("(?<=\\d)[ .\u00a0\u2009\u202f\u2010-\u2015\u2212-](?=\\d)")
_SHORTEST_ODD = 14  # EANs have thirteen digits, and are printed in groups
_LONGEST_CODE = 4  # a year and a security code may stand beside a card's number
_LONGEST_BESIDE = 5  # anything longer is not a postal code
_DAY = re.compile(
    r"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d|(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
)
# Countries whose phone numbers, written without country code, may be next to a postal code or another phone:
# after a zero, or without one.
_AFTER_ZERO = ("FR", "BE", "CH", "GB", "DE", "AT", "NL", "IT")
_WITHOUT_ZERO = ("IT", "ES", "PT")
_IBAN = re.compile(r"[A-Z]{2}\d\d(?:(?:[^\w]|_){0,3}[A-Z0-9]){11,30}", re.IGNORECASE)
_LONGEST_PHONE = 15
# Characters without width, or that change the direction of writing.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U000e0000-\U000e01ef]"
)


class _Candidate(NamedTuple):
    """A group of digits that may be a card number: its digits, the size of each group, its form as a phone."""

    digits: str
    groups: tuple[int, ...]
    phone: str


def refuse(text: str) -> None:
    """Raise RefusedError if a text contains a full card number; the message has only its last digits."""
    for each in _candidates(_simplify(text)):
        number = each.digits
        if _ISSUED.fullmatch(number) and _has_check_digit(number) and not (_is_siret(each) or _is_phone(each.phone)):
            raise RefusedError(
                say(
                    "a full card number, ending in {number}, is never stored: keep those four digits only",
                    number=number[-4:],
                )
            )


def _simplify(text: str) -> str:
    """Return a text with every script's digits in ASCII, without invisible characters and IBANs."""
    if not text.isascii():
        text = re.sub(r"\d", lambda digit: str(unicodedata.decimal(digit[0])), _INVISIBLE.sub("", text))
    return _IBAN.sub(lambda found: _without_iban(found[0]), text)


def _without_iban(text: str) -> str:
    """Remove an IBAN at the start of a text; letters after it may look like part of it."""
    from stdnum import iban  # slow, only for what may be an IBAN

    letters = [at for at, char in enumerate(text, 1) if char.isalnum()]
    for end in reversed(letters[14:]):
        if iban.is_valid("".join(filter(str.isalnum, text[:end])), check_country=False):
            return text[end:]
    return text


def _candidates(text: str) -> Iterator[_Candidate]:
    for run in _RUN.finditer(text):
        groups = re.findall(r"\d+", run[0])
        for start in range(len(groups)):
            for end in range(start + 1, min(start + _MOST_GROUPS, len(groups)) + 1):
                if _LAYOUT.fullmatch(" ".join(groups[start:end])):
                    digits = "".join(groups[start:end])
                    phone = f"+{''.join(groups[:end])}" if run[0][0] == "+" else digits
                    yield _Candidate(digits, tuple(map(len, groups[start:end])), phone)
    yield from _find_odd(text)
    for spelled in _SPELLED.finditer(text):
        digits = "".join(re.findall(r"\d", spelled[0]))
        yield _Candidate(digits, (1,) * len(digits), digits)


def _find_odd(text: str) -> Iterator[_Candidate]:
    """Find numbers in groups of any length, with nothing longer than a year or a security code beside them."""
    for between in sorted(set(_SINGLE.findall(text))):
        for run in re.findall(rf"\+?\d+(?:{re.escape(between)}\d+)+", text):
            yield from _find_odd_in([] if run[0] == "+" else run.split(between))


def _find_odd_in(groups: list[str]) -> Iterator[_Candidate]:
    long = sum(len(each) > _LONGEST_CODE for each in groups)
    for start in range(len(groups)):
        for end in range(start + 2, min(start + _MOST_GROUPS, len(groups)) + 1):
            found = groups[start:end]
            digits = "".join(found)
            if (
                len(digits) >= _SHORTEST_ODD
                and max(map(len, found)) >= _LONGEST_CODE
                and sum(len(each) > _LONGEST_CODE for each in found) == long
                and _ISSUED.fullmatch(digits)
                and _has_check_digit(digits)
                and not all(map(_DAY.fullmatch, found))
                and not _has_phone(found, whole=len(found) == len(groups))
            ):
                yield _Candidate(digits, tuple(map(len, found)), digits)


def _has_phone(groups: list[str], *, whole: bool) -> bool:
    """Return whether some groups contain a phone number, and the rest is another one, part of one, or short.

    Postal codes and amounts are short; part of a number is possible if the groups are not the ``whole``.
    """
    for at in range(1, len(groups)):
        parts = "".join(groups[:at]), "".join(groups[at:])
        is_phone = [_is_near_phone(part) for part in parts]
        if all(is_phone) or (any(is_phone) and (not whole or len(parts[is_phone.index(False)]) <= _LONGEST_BESIDE)):
            return True
    return False


def _has_check_digit(number: str) -> bool:
    from stdnum import luhn  # slow, only for what starts like a card

    return luhn.is_valid(number)


def _is_siret(found: _Candidate) -> bool:
    """Return whether digits are the number of a French establishment, which begins with that of its company."""
    return len(found.digits) == 14 and found.groups != (4, 6, 4) and _has_check_digit(found.digits[:9])


def _is_near_phone(number: str) -> bool:
    """Return whether digits are a valid phone number of a nearby country, as written there."""
    if not (9 <= len(number) <= 11 or (len(number) == 12 and number.startswith("01"))):  # Germany's mobiles are long
        return False
    return any(_is_valid(number, region) for region in (_AFTER_ZERO if number[0] == "0" else _WITHOUT_ZERO))


def _is_valid(number: str, region: str | None = None) -> bool:
    import phonenumbers  # slow, only for what may be a card

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, region))
    except phonenumbers.NumberParseException:
        return False


def _is_phone(number: str) -> bool:
    """Return whether digits are a phone number: a possible one after a plus, else a valid one.

    In Germany, one may have thirteen digits.
    """
    if len(number.lstrip("+")) > _LONGEST_PHONE:
        return False
    import phonenumbers  # slow, only for what may be a card

    is_one = phonenumbers.is_possible_number if number[0] == "+" else phonenumbers.is_valid_number
    try:
        return is_one(phonenumbers.parse(f"+{number.lstrip('+')}"))
    except phonenumbers.NumberParseException:
        return False
