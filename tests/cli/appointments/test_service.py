"""The `service` commands."""

import pytest


@pytest.fixture
def massage(do):
    """Add the service Massage."""
    do("service", "add", "Massage", "--length", "1h", "--after", "15min", "--price", "60")
    return do


def test_a_service_is_added_shown_and_changed(do) -> None:
    added = do("service", "add", "Bilan", "--length", "1h05", "--before", "10min", "--price", "60", "--place", "Online")
    assert added.err == "Added service Bilan: length 1h05, price 60.00 EUR, before 10min, place online\n"
    changed = do("service", "edit", "bilan", "--length", "90min", "--price", "65", "--link", "meet.example.com")
    assert changed.err == (
        "Changed service Bilan: length 1h30 (was 1h05), price 65.00 EUR (was 60.00 EUR), "
        "link https://meet.example.com (was none)\n"
    )
    emptied = do("service", "edit", "Bilan", "--name", "Point", "--unset", "before", "--unset", "price")
    assert emptied.err == "Renamed service Bilan to Point, price none (was 65.00 EUR), before none (was 10min)\n"
    assert do("service", "show", "Point", "--json").json == {
        "id": 1, "name": "Point", "length": "1h30", "price": None, "currency": None, "before": None, "after": None,
        "place": "online", "link": "https://meet.example.com", "archived": None,
    }  # fmt: skip


def test_a_price_keeps_its_currency(do) -> None:
    do("service", "add", "Massage", "--length", "1h", "--price", "60 CHF")
    assert "price 70.00 CHF (was 60.00 CHF)" in do("service", "edit", "Massage", "--price", "70").err
    assert "price 70.00 EUR (was 70.00 CHF)" in do("service", "edit", "Massage", "--price", "70 EUR").err


def test_an_archived_service_is_listed_apart(massage) -> None:
    assert massage("service", "archive", "Massage").err == "Archived service Massage\n"
    assert massage("service", "archive", "Massage").err == "Service Massage is already archived\n"
    assert massage("service", "list", "--columns", "name").lines == []
    assert massage("service", "list", "--archived", "--columns", "name").lines == ["Massage"]
    assert massage("service", "restore", "Massage").err == "Restored service Massage\n"
    assert massage("service", "restore", "Massage").err == "Service Massage is not archived\n"
    assert massage("service", "list", "--columns", "name").lines == ["Massage"]


def test_a_change_is_undone(massage) -> None:
    massage("service", "edit", "Massage", "--length", "2d", "--after", "30min")
    assert massage("undo").status == 0
    assert massage("service", "list", "--columns", "name,length,after").lines == ["Massage\t1h\t15min"]


@pytest.mark.parametrize(
    ("words", "status", "problem"),
    [
        ("add Bilan --length 90m", 2, "m is months; did you mean 90min?"),
        ("add Bilan --length 1h --before 1d", 2, "--before 1d: give minutes or hours, like 15min or 1h"),
        ("add Bilan --length 1h --after 13h", 2, "--after is too long: give up to 12h"),
        ("add Bilan", 2, "--length"),
        ("edit Massage", 2, "nothing to change: give an option, like --name, --price or --unset after"),
        ("edit Massage --price 60 --unset price", 2, "--price and --unset price don't go together"),
        ("show Yoga", 3, "`clientctl service add Yoga --length 1h` adds one"),
        ("add massage --length 1h", 5, "the service 'massage' already exists"),
    ],
)
def test_what_is_wrong_is_named(massage, words, status, problem) -> None:
    refused = massage("service", *words.split())
    assert refused.status == status
    assert problem in refused.error.message
