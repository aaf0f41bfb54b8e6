"""Tell full card numbers, which are never stored, from phone numbers, IBANs and other digits."""

import re
import unicodedata
from collections.abc import Iterator

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
_SEPARATOR = r"[\s‐-―.-]{1,3}"
_RUN = re.compile(rf"\+?\d+(?:{_SEPARATOR}\d+)*")
# How a card's digits are grouped: not at all, by fours, as American Express and Diners Club do.
_LAYOUT = re.compile(r"\d{13,19}|(?:\d{4} ){3,4}\d{1,4}|\d{4} \d{6} \d{4,5}|\d{6} \d{13}")
_MOST_GROUPS = 5
_IBAN = re.compile(r"\b[A-Z]{2}\d\d(?:[ .-]?[A-Z0-9]){11,30}", re.IGNORECASE)
_LONGEST_PHONE = 15


def refuse(text: str) -> None:
    """Raise a RefusedError when a text holds a full card number; only its last digits are told."""
    for number in _candidates(_plain(text)):
        if _ISSUED.fullmatch(number) and _has_check_digit(number) and not _is_phone(number):
            raise RefusedError(
                f"a full card number, ending in {number[-4:]}, is never stored: keep those four digits only"
            )


def _plain(text: str) -> str:
    """Write every script's digits in ASCII, and take out the IBANs."""
    if not text.isascii():
        text = re.sub(r"\d", lambda digit: str(unicodedata.decimal(digit[0])), text)
    return _IBAN.sub(lambda found: _without_iban(found[0]), text)


def _without_iban(text: str) -> str:
    """Take out the IBAN that a text begins with, if it does; letters after it may look like more of it."""
    from stdnum import iban  # slow, only for what may be an IBAN

    for end in range(len(text), 14, -1):
        if text[end - 1].isalnum() and iban.is_valid(text[:end], check_country=False):
            return text[end:]
    return text


def _candidates(text: str) -> Iterator[str]:
    """Give the digits of whatever is grouped like a card number and not part of a ``+`` phone number."""
    for run in _RUN.finditer(text):
        groups = re.findall(r"\d+", run[0])
        for start in range(len(groups)):
            for end in range(start + 1, min(start + _MOST_GROUPS, len(groups)) + 1):
                digits = "".join(groups[start:end])
                in_phone = run[0][0] == "+" and (start == 0 or len("".join(groups[:end])) <= _LONGEST_PHONE)
                if not in_phone and _LAYOUT.fullmatch(" ".join(groups[start:end])):
                    yield digits


def _has_check_digit(number: str) -> bool:
    from stdnum import luhn  # slow, only for what begins like a card

    return luhn.is_valid(number)


def _is_phone(number: str) -> bool:
    """Tell whether digits are a valid phone number that lacks its ``+``: 13 of them may be, in Germany."""
    if len(number) > _LONGEST_PHONE:
        return False
    import phonenumbers  # slow, only for what may be a card

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{number}"))
    except phonenumbers.NumberParseException:
        return False
