"""Card numbers, told from all the other long numbers that a practice keeps."""

import itertools
import unicodedata

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum import iban, luhn

from clientctl.base.text import clean, refuse_card, refuse_cards
from clientctl.errors import RefusedError

CARDS = [
    "4111111111111111",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "4111 - 1111 - 1111 - 1111",
    "4111\u00a01111\u20111111\n1111",
    "4111.1111.1111.1111",
    "4111_1111_1111_1111",
    "4111/1111/1111/1111",
    "4111, 1111, 1111, 1111",
    "4111+1111+1111+1111",
    "(4111)(1111)(1111)(1111)",
    "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    "4 1 1 1  1 1 1 1  1 1 1 1  1 1 1 1",
    "4-1-1-1-1-1-1-1-1-1-1-1-1-1-1-1",
    "4_1_1_1_1_1_1_1_1_1_1_1_1_1_1_1",
    "4\u200b1\u200b1\u200b1\u200b1\u200b1\u200b1\u200b1\u200b1\u200b1\u200b1\u200b1\u200b1\u200b1\u200b1\u200b1",
    "41\u200d11\ufeff1111\u00ad1111\u20601111",
    "+4111111111111111",
    "+4111 1111 1111 1111",
    "４１１１１１１１１１１１１１１１",
    "٤١١١١١١١١١١١١١١١",
    "4222222222222",
    "4012888888881881",
    "5555555555554444",
    "2223003122003222",
    "3782 822463 10005",
    "+378282246310005",
    "378282246310005",
    "3056 930902 5904",
    "3801 298664 6850",
    "6011111111111117",
    "3530111333300000",
    "6304000000000000",
    "6240008631401148",
    "2200 0000 0000 0004",
]


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize(
    "around", ["{}", "Card {} 12/29 123", "12/29 {}", "visa{}, Ana", "+33 6 12 34 56 78 {}", "1\n{}\n2"]
)
def test_a_full_card_number_is_refused_and_never_repeated(card, around):
    with pytest.raises(RefusedError) as error:
        clean(around.format(card))
    digits = "".join(str(unicodedata.decimal(digit)) for digit in card if digit.isdecimal())
    assert digits[-4:] in error.value.message
    assert digits[-5:] not in error.value.message
    assert card not in error.value.message


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("others", [[], ["Ana", "a" * 20, "Шевченко Олена"], ["\0" * 20, "1\0" * 20], ["1" * 12] * 9])
def test_it_is_refused_among_many_texts(card, others):
    refuse_cards(others)
    for at in range(len(others) + 1):
        with pytest.raises(RefusedError) as error:
            refuse_cards([*others[:at], card, *others[at:]])
        assert card not in error.value.message


@given(
    st.lists(st.text("04126\0 -a\u0664\uff11é", max_size=24), max_size=6), st.lists(st.sampled_from(CARDS), max_size=1)
)
def test_many_texts_are_refused_when_one_of_them_is(texts, cards):
    many = [*texts[:3], *cards, *texts[3:]]
    assert is_refused(refuse_cards, many) == any(is_refused(refuse_card, each) for each in many)


def is_refused(refuse, given) -> bool:
    try:
        refuse(given)
    except RefusedError:
        return True
    return False


@pytest.mark.parametrize("card", CARDS)
def test_another_check_digit_makes_it_no_card(card):
    last = unicodedata.decimal(card[-1]) if card[-1].isdecimal() else 1
    assert clean(card.rstrip(")")[:-1] + str((last + 1) % 10))


@pytest.mark.parametrize(
    "text",
    [
        "38012986646850",  # a SIRET
        "SIRET : 380 129 866 46850, TVA FR 89 380129866",
        "3801 2986 6468 50",
        "4915112345678",  # German mobile numbers without their plus, of Visa's old length
        "4915112345686 4915112345694",
        "+4111 1111 1111 111",
        "+33 6 39 98 12 34, (07700) 900-769",
        "0033 6 12 34 56 78 0033 6 12 34 56 79",
        "FR76 3000 6000 0112 3456 7890 189",
        "FR76\u202f3000\u202f6000\u202f0112\u202f3456\u202f7890\u202f189",
        "FR7630006000011234567890189 Ana",
        "de89 3704 0044 0532 0130 00",
        "IBAN: GB29-NWBK-6016-1331-9268-19.",
        "MT84MALT011000012345MTLCAST001S",
        "41111111111111111111111",  # too long
        "411111111111",  # too short
        "4111 1111 1111",
        "9999999999999995",  # no issuer's
        "2026-01-01 2026-12-31",
        "4242 on one, 4242 4242 4242 on the other",
        "mood: 1 2 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 3 5 2",  # longer than any card
    ],
)
def test_other_digits_are_no_card(text):
    assert clean(text) == text


def test_an_iban_is_no_card_even_around_the_digits_of_one():
    check = 98 - int("4111111111111111" + "9999999" + "1527" + "00") % 97
    number = "4111 1111 1111 1111 9999 999"
    assert clean(f"FR{check:02} {number} Ana") == f"FR{check:02} {number} Ana"
    with pytest.raises(RefusedError):
        clean(f"FR{check - 1:02} {number} Ana")


BRANDS = {"4": (13, 16, 19), "51": (16,), "2221": (16,), "34": (15,), "36": (14,), "6011": (16,), "62": (16, 19)}
BETWEEN = ["", " ", "-", "_", "\u200b", "\u00a0", ".", "/", " - ", ", "]


@given(st.sampled_from(sorted(BRANDS)), st.sampled_from(BETWEEN), st.sampled_from([1, 4]), st.data())
def test_whatever_stands_between_the_digits_of_any_brand_it_is_a_card(prefix, between, size, data):
    length = data.draw(st.sampled_from(BRANDS[prefix]))
    rest = length - len(prefix) - 1
    number = prefix + data.draw(st.text("0123456789", min_size=rest, max_size=rest))
    number += luhn.calc_check_digit(number)
    assume(length > 14 or not luhn.is_valid(number[:9]))  # that would be a SIRET
    assume(length > 15 or not is_phone(number))
    with pytest.raises(RefusedError):
        clean(between.join(number[at : at + size] for at in range(0, length, size)))


def is_phone(number: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{number}"))
    except phonenumbers.NumberParseException:
        return False


ODD = [(8, 8), (12, 4), (4, 12), (6, 10), (10, 6), (7, 9), (4, 8, 4), (4, 4, 8), (8, 4, 4), (2, 4, 10), (6, 9), (9, 6)]


@given(st.sampled_from(ODD), st.sampled_from([" ", ".", "-", "\u202f", "\u2011"]), st.data())
def test_a_card_in_groups_of_any_length_is_one(sizes, between, data):
    prefix = "34" if sum(sizes) == 15 else data.draw(st.sampled_from(["4", "51", "2221", "6011"]))
    rest = sum(sizes) - len(prefix) - 1
    number = prefix + data.draw(st.text("123456789", min_size=rest, max_size=rest))  # after a zero it may be a phone
    number += luhn.calc_check_digit(number)
    assume(number[-1] != "0" and not is_phone(number))
    ends = list(itertools.accumulate(sizes))
    text = between.join(number[start:end] for start, end in zip([0, *ends], ends, strict=False))
    for around in ("{}", "Card {}, 12/29", "+33612345678, {}"):
        with pytest.raises(RefusedError):
            clean(around.format(text))
    other = text[:-1] + str((int(text[-1]) + 1) % 10)
    assert clean(other) == other


@pytest.mark.parametrize("card", ["411111111111 1111", "4111-111111111111", "41111111.11111111", "378282 246310005"])
def test_the_card_that_was_typed_in_odd_groups_is_refused(card):
    with pytest.raises(RefusedError, match=rf"ending in {card.replace(' ', '')[-4:]}, is never stored"):
        clean(f"Her card is {card}")
    with pytest.raises(RefusedError):
        clean(f"12/29 {card} 123")


@pytest.mark.parametrize(
    "text",
    [
        "34000 06 39 98 12 34",  # each is a card's number but for what stands beside each other in it
        "36408 015123288482",
        "5599 01512 3585592",
        "810511778 612 86 02 60",
        "+49 30 985844 030 250358",
        "01512 3928088 01512 3988638",
        "24082037 15102038",
        "4 006381 333931",
        "30006 51100 12345678907 89",
    ],
)
def test_numbers_beside_each_other_are_no_card(text):
    assert clean(text) == text


@given(st.text("0123456789", min_size=8, max_size=8), st.text("0123456789", min_size=4, max_size=4))
def test_no_siret_is_a_card(company, place):
    siren = company + luhn.calc_check_digit(company)
    siret = siren + place + luhn.calc_check_digit(siren + place)
    spaced = f"{siret[:3]} {siret[3:6]} {siret[6:9]} {siret[9:]}"
    for text in (siret, spaced, f"{siren}\n{siren} {siret}", f"FR{12 + int(siren) % 85} {siren}"):
        assert clean(text) == text


COUNTRIES = {
    "FR": 23,
    "DE": 18,
    "BE": 12,
    "ES": 20,
    "IT": 22,
    "NL": 14,
    "CH": 17,
    "PL": 24,
    "PT": 21,
    "AT": 16,
    "GB": 18,
}


@given(st.sampled_from(sorted(COUNTRIES)), st.sampled_from(["", " ", "-", "\u00a0", "_"]), st.data())
def test_no_iban_is_a_card(country, between, data):
    length = COUNTRIES[country]
    account = data.draw(st.text("0123456789", min_size=length, max_size=length))
    number = country + iban.calc_check_digits(f"{country}00{account}") + account
    text = between.join(number[at : at + 4] for at in range(0, len(number), 4))
    for around in ("{}", "IBAN: {}", "{} Ana Müller", "Ana {}, CH"):
        assert clean(around.format(text)) == around.format(text)


FORMS = (
    phonenumbers.PhoneNumberFormat.E164,
    phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    phonenumbers.PhoneNumberFormat.NATIONAL,
    phonenumbers.PhoneNumberFormat.RFC3966,
)


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)), st.sampled_from(FORMS), st.integers(0, 10**7))
def test_no_phone_number_is_a_card(region, form, varied):
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assume(number is not None)
    number.national_number = max(number.national_number // 10**7 * 10**7 + varied, 1)
    assume(phonenumbers.is_possible_number(number))
    text = phonenumbers.format_number(number, form)
    assert clean(text) == text
    assert clean(f"{text}\n{text}") == f"{text}\n{text}"
