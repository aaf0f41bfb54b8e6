"""Tell full card numbers, which are never stored, from phone numbers, IBANs, SIRETs and other digits."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from clientctl.errors import RefusedError

# What issuers' numbers begin with, and how many digits they have.
_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|(?:30[0-5]|309|36\d|3[89]\d)\d{11,16}"  # Diners Club
    r"|(?:6011|64[4-9]\d|65\d\d|62\d\d|81\d\d)\d{12,15}"  # Discover, UnionPay, RuPay
    r"|(?:35(?:2[89]|[3-8]\d)|220[0-4]|9792)\d{12,15}"  # JCB, Mir, Troy
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3]|6390)\d{9,15}"  # Maestro
)
# Between the digits of one number there may be anything but letters.
_BETWEEN = r"(?:[^\w\n]|_){1,5}"
_RUN = re.compile(r"\+?\d+(?:(?:[^\w+]|_|(?<=\d)\+(?=\d)){1,5}\d+)*")
# How a card's digits are grouped: not at all, by fours, as American Express and Diners Club do ...
_LAYOUT = re.compile(r"\d{13,19}|(?:\d{4} ){3,4}\d{1,4}|\d{4} \d{6} \d{4,5}|\d{6} \d{13}")
_MOST_GROUPS = 5
# ... or each digit for itself, in one line: all of them, or a long series of figures would hold a card.
_SPELLED = re.compile(rf"(?<!\d)\d(?!\d)(?:{_BETWEEN}\d(?!\d))+")
_IBAN = re.compile(r"[A-Z]{2}\d\d(?:(?:[^\w]|_){0,3}[A-Z0-9]){11,30}", re.IGNORECASE)
_LONGEST_PHONE = 15
# What has no width, or turns the direction of writing.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\U000e0000-\U000e01ef]"
)


class _Candidate(NamedTuple):
    """What is grouped like a card number: its digits, how many are in each group, and what it may be a phone by."""

    digits: str
    groups: tuple[int, ...]
    phone: str


def refuse(text: str) -> None:
    """Raise a RefusedError when a text holds a full card number; only its last digits are told."""
    for each in _candidates(_plain(text)):
        number = each.digits
        if _ISSUED.fullmatch(number) and _has_check_digit(number) and not (_is_siret(each) or _is_phone(each.phone)):
            raise RefusedError(
                f"a full card number, ending in {number[-4:]}, is never stored: keep those four digits only"
            )


def _plain(text: str) -> str:
    """Write every script's digits in ASCII, and take out what is not seen, and the IBANs."""
    if not text.isascii():
        text = re.sub(r"\d", lambda digit: str(unicodedata.decimal(digit[0])), _UNSEEN.sub("", text))
    return _IBAN.sub(lambda found: _without_iban(found[0]), text)


def _without_iban(text: str) -> str:
    """Take out the IBAN that a text begins with, if it does; letters after it may look like more of it."""
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
    for spelled in _SPELLED.finditer(text):
        digits = "".join(re.findall(r"\d", spelled[0]))
        yield _Candidate(digits, (1,) * len(digits), digits)


def _has_check_digit(number: str) -> bool:
    from stdnum import luhn  # slow, only for what begins like a card

    return luhn.is_valid(number)


def _is_siret(found: _Candidate) -> bool:
    """Tell whether digits are the number of a French establishment, which begins with that of its company."""
    return len(found.digits) == 14 and found.groups != (4, 6, 4) and _has_check_digit(found.digits[:9])


def _is_phone(number: str) -> bool:
    """Tell whether digits are a phone number: a possible one after a plus, a valid one that lacks it.

    Thirteen digits may be one, in Germany.
    """
    if len(number.lstrip("+")) > _LONGEST_PHONE:
        return False
    import phonenumbers  # slow, only for what may be a card

    is_one = phonenumbers.is_possible_number if number[0] == "+" else phonenumbers.is_valid_number
    try:
        return is_one(phonenumbers.parse(f"+{number.lstrip('+')}"))
    except phonenumbers.NumberParseException:
        return False
