"""Days of other programs: their order is deduced from the whole file or asked for, never guessed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientctl.errors import UsageError
from clientctl.exchange.members.day_formats import Evidence, parse_day, parse_order

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))
FORMS = {"ymd": "%Y{0}%m{0}%d", "dmy": "%d{0}%m{0}%Y", "mdy": "%m{0}%d{0}%Y"}


@given(DAYS, st.sampled_from("/.-"), st.sampled_from(list(FORMS)), st.sampled_from(["", " 09:30", "T09:30:00Z"]))
def test_a_day_reads_back_in_its_order(day, separator, order, tail):
    text = f"{day.year:04}" if order == "ymd" else day.strftime(FORMS[order].format(separator))
    if order == "ymd":
        text += day.strftime(f"{separator}%m{separator}%d")
    assert parse_day(f" {text}{tail} ", order) == day


def day_format(values):
    gathered = Evidence()
    for value in values:
        gathered.add(value)
    return gathered.decide()


@given(st.lists(DAYS), st.sampled_from(list(FORMS)), st.sampled_from("/.-"))
def test_the_deduced_order_reads_every_day_as_it_was_meant_or_is_not_given(days, order, separator):
    values = [day.strftime(FORMS[order].format(separator)) for day in days]
    found = day_format(values).order
    if found is None:
        assert order != "ymd"
        assert all(day.day <= 12 for day in days)
    else:
        assert [parse_day(value, found) for value in values] == days


@pytest.mark.parametrize(
    ("values", "order"),
    [
        ([], "ymd"),
        (["", "n/a", "0/0/00", "2021-10-06 09:30"], "ymd"),
        (["05/05/2026", "5.5.2026"], "ymd"),
        (["01/02/2026", "31/12/2025"], "dmy"),
        (["01/02/2026", "12/31/2025 00:00"], "mdy"),
        (["2026-01-02", "31.12.2025"], "dmy"),
        (["31/12/2025"] * 10 + ["12/31/2025"], "dmy"),
        (["01/02/2026", "2026-12-31"], None),
        (["31/12/2025"] * 9 + ["12/31/2025"], None),
        (["01/02/2026", "45/01/2026", "31/00/2026"], None),
        (["01/02/2026", "13/12/26"], None),
    ],
)
def test_the_order_of_a_file(values, order):
    assert day_format(values).order == order


def test_an_open_question_is_shown_by_its_values():
    assert day_format(["01/02/2026"]).why == "'01/02/2026' can be read with the day or the month first"
    assert day_format(["12/31/2025", "31/12/2025"]).why == ("'31/12/2025' has the day first, '12/31/2025' the month")


def test_the_days_of_the_file_may_come_as_they_are_read():
    assert day_format(value for value in ["1/2/2026", "x" * 10_000_000, " 13/2/2026 "]).order == "dmy"


@pytest.mark.parametrize("text", ["", "  ", "0/0/00", "00/00/0000", "0000-00-00", "0.0.0", "00/00/0000 00:00"])
def test_no_day(text):
    assert parse_day(text, "dmy") is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2021-10-06 09:30", date(2021, 10, 6)),
        ("2021-10-06T23:30:00.000+02:00", date(2021, 10, 6)),
        ("6/1/2021 12:00:00 AM", date(2021, 1, 6)),
        ("2021/1/6", date(2021, 1, 6)),
        ("29.2.2024", date(2024, 2, 29)),
    ],
)
def test_forms_of_a_day(text, day):
    assert parse_day(text, "dmy") == day


@pytest.mark.parametrize(
    ("text", "order", "reason"),
    [
        ("31/02/2026", "dmy", "'31/02/2026' is no day with the day first"),
        ("12/31/2026", "dmy", "'12/31/2026' is no day with the day first"),
        ("31/12/2026", "mdy", "'31/12/2026' is no day with the month first"),
        ("31/12/2026", "ymd", "'31/12/2026' is no day with the year first"),
        ("2026-13-01", "dmy", "'2026-13-01' is no day"),
        ("01/02/26", "dmy", "'01/02/26' has a year of two digits: write four"),
        ("31/12/0202", "dmy", "'31/12/0202' is not in the years 1900 to 2200"),
        ("10", "dmy", "'10' is no day: write it like 2026-12-31 or 31/12/2026"),
        ("--02-26", "dmy", "'--02-26' is no day: write it like 2026-12-31 or 31/12/2026"),
        ("1/2.2026", "dmy", "'1/2.2026' is no day: write it like 2026-12-31 or 31/12/2026"),
        ("01/02/2026 99", "dmy", "'01/02/2026 99' is no day: write it like 2026-12-31 or 31/12/2026"),
        ("٠١/٠٢/٢٠٢٦", "dmy", "'٠١/٠٢/٢٠٢٦' is no day: write it like 2026-12-31 or 31/12/2026"),
        ("0/1/2026", "dmy", "'0/1/2026' is no day with the day first"),
    ],
)
def test_a_bad_day_says_why(text, order, reason):
    with pytest.raises(ValueError, match=r"day|year") as error:
        parse_day(text, order)
    assert str(error.value) == reason


def test_the_option_names_an_order():
    assert [parse_order(text) for text in ("dmy", "DD/MM/YYYY", "mm-dd-yyyy", "YYYY-MM-DD", "Ymd")] == [
        "dmy", "dmy", "mdy", "ymd", "ymd"
    ]  # fmt: skip
    for text in ("", "dd", "ydm", "European"):
        with pytest.raises(UsageError, match=r"no day format .*DD/MM/YYYY"):
            parse_order(text)
