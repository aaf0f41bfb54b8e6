"""Phone numbers: what is valid in E.164, what is not as typed, both found by their last digits."""

import random

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from clientctl.base import phones
from clientctl.errors import UsageError


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("06.12.34.56.78", "FR", "+33612345678"),
        ("612345678", "FR", "+33612345678"),
        ("+33 (0)6 12 34 56 78", "US", "+33612345678"),
        ("0033 6 12 34 56 78", "FR", "+33612345678"),
        ("\u00a006\u202f12\u202f34\u00a056 78 ", "FR", "+33612345678"),
        ("06‑12‑34‑56‑78", "FR", "+33612345678"),
        ("０６１２３４５６７８", "FR", "+33612345678"),
        ("＋33612345678", "FR", "+33612345678"),
        ("(+33) 6 12 34 56 78", "FR", "+33612345678"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("(212) 555-2368", "US", "+12125552368"),
        ("1-212-555-2368", "US", "+12125552368"),
        ("06 698 12345", "IT", "+390669812345"),
        ("+39 06 698 12345", "FR", "+390669812345"),
        ("011 15 2345-6789", "AR", "+5491123456789"),
        ("+800 1234 5678", "FR", "+80012345678"),
    ],
)
def test_a_valid_number_is_kept_in_e164(text, region, number):
    assert phones.normalize(text, region) == (number, True)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("+33 6 39 98 12 34", "FR"),
        ("(07700) 900-769", "GB"),
        ("12", "FR"),
        ("", "FR"),
        ("+", "FR"),
        ("call the office", "FR"),
        ("+999 123456789", "FR"),
        ("06 12 34 56 78", "XX"),
        ("1" * 300, "FR"),
        # Valid, were it not for what E.164 would lose.
        ("01 42 68 53 00 ext. 12", "FR"),
        ("01 42 68 53 00 #12", "FR"),
        ("Maman 06 12 34 56 78", "FR"),
        ("06 12 34 56 78 Al", "FR"),
        ("1-800-FLOWERS", "US"),
        ("06 12 34 56 78 / 06 98 76 54 32", "FR"),
    ],
)
def test_any_other_is_kept_as_typed(text, region):
    assert phones.normalize(f"  {text} ", region) == (text, False)


def test_what_is_kept_as_typed_is_composed():
    assert phones.normalize("Rene\u0301", "FR") == ("René", False)


def _as_the_library_says(text, region):
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return text, False
    if not phonenumbers.is_valid_number(number):
        return text, False
    return phonenumbers.format_number(number, PhoneNumberFormat.E164), True


def _examples():
    """Return numbers of every kind of every region, as they are written at home and abroad."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in PhoneNumberType.values():
            number = phonenumbers.example_number_for_type(region, kind)
            if number:
                yield region, str(number.national_number)
                for form in (PhoneNumberFormat.NATIONAL, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.E164):
                    yield region, phonenumbers.format_number(number, form)
                yield region, phonenumbers.format_out_of_country_calling_number(number, region)


def test_the_quick_way_says_what_the_library_says():
    chance = random.Random(1)
    quick = 0
    for region, text in _examples():
        if any(map(str.isalpha, text)):
            continue
        digit = chance.randrange(len(text))
        changed = text[:digit] + chance.choice("0123456789") + text[digit + 1 :]
        for each in (text, changed, text.lstrip("0"), chance.choice("018") + text, text[:-1], text.replace("+", "")):
            typed = each.strip()
            expected = _as_the_library_says(typed, region)
            assert phones.normalize(typed, region) == expected, (typed, region)
            quick += expected[1]
    assert quick > 10_000


def test_a_number_of_one_country_is_read_at_home_in_another():
    chance = random.Random(2)
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    for _ in range(4000):
        region = chance.choice(regions)
        text = chance.choice(["", "0", "00", "+", "8", "1"]) + "".join(
            chance.choices("0123456789", k=chance.randint(5, 13))
        )
        assert phones.normalize(text, region) == _as_the_library_says(text, region), (text, region)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("+33612345678", "876543216"),
        ("06 12 34 56 78", "876543216"),
        ("+33 (0)6.12.34.56.78", "876543216"),
        ("01 42 68 53 00 ext. 12", "003586241"),
        ("01 42 68 53 00x12", "003586241"),
        ("Tel: 01 42 68 53 00", "003586241"),
        ("0142685300 #12", "003586241"),
        ("٠٦١٢٣٤٥٦٧٨", "876543216"),
        ("12-34", "4321"),
        ("+1234", "4321"),
        ("+", ""),
        ("+٣٣٦١٢٣٤٥٦٧٨", "876543216"),
        ("+33²", "33"),
        ("²", ""),
        ("none", ""),
        ("", ""),
    ],
)
def test_the_key_is_the_last_digits_from_the_end(text, key):
    assert phones.key(text) == key


@pytest.mark.parametrize(
    "text", ["+33", "+1", "0612345", "06 12 34 5", "(07700) 900-769", "+33 (0)6.12.34", "06/12-34‑56 78", " +336 "]
)
def test_what_is_written_like_a_phone_number(text):
    assert phones.looks_like_phone(text)


@pytest.mark.parametrize(
    "text", ["", "+", "12", "061234", "M-4212345", "0612345 a", "+33x", "a@1234567.fr", "06+1234567", "1234567@"]
)
def test_what_is_not(text):
    assert not phones.looks_like_phone(text)


def test_a_region_is_known():
    assert phones.check_region(" fr ") == "FR"
    for wrong in ("", "XX", "France", "001", "\x1b"):
        with pytest.raises(UsageError, match="FR, GB or US"):
            phones.check_region(wrong)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("+33199001234", "+33 1 99 00 12 34"),
        ("+442079460018", "+44 20 7946 0018"),
        ("06 39 98 12 34", "06 39 98 12 34"),
        ("+33 6 39 98 12 34", "+33 6 39 98 12 34"),
        ("+33199001234;ext=102", "+33199001234;ext=102"),
        ("extension 12", "extension 12"),
    ],
)
def test_people_are_shown_a_number_in_groups_and_what_was_typed_as_it_was(stored, shown):
    assert phones.format_for_people(stored) == shown


def test_numbers_of_every_country_are_grouped_as_the_library_does():
    grouped = 0
    for number in _valid_numbers():
        stored = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        assert phones.format_for_people(stored) == phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
        grouped += " " in phones.format_for_people(stored).removeprefix(f"+{number.country_code} ")
    assert grouped > 1000


def _valid_numbers():
    kinds = PhoneNumberType.values()
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    yield from filter(None, (phonenumbers.example_number_for_type(each, kind) for each in regions for kind in kinds))
    yield from map(
        phonenumbers.example_number_for_non_geo_entity, sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    )


def test_no_number_is_shown_with_other_digits_than_it_has():
    chance = random.Random(3)
    for _ in range(2000):
        stored = "+" + "".join(chance.choices("0123456789", k=chance.randint(0, 16)))
        assert phones.format_for_people(stored).translate(phones._DROPPED) == stored[1:], stored
