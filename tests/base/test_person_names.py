"""A whole name is taken apart in one way, wherever it is typed."""

import pytest

from clientctl.base import person_names


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Jean Dupont", "Jean", "Dupont"),
        ("Dupont, Jean", "Jean", "Dupont"),
        ("DUPONT Jean", "Jean", "DUPONT"),
        ("DE LA CRUZ Lucía", "Lucía", "DE LA CRUZ"),
        ("Lucía de la Cruz", "Lucía", "de la Cruz"),
        ("M. Jean Dupont", "Jean", "Dupont"),
        ("Mme Dr. Ana Müller", "Ana", "Müller"),
        ("Jean", "Jean", ""),
        ("JP Martin", "JP", "Martin"),
        ("J. Dupont", "J.", "Dupont"),
        ("JEAN DUPONT", "JEAN", "DUPONT"),
        ("Dr. House", "House", ""),
        ("", "", ""),
    ],
)
def test_titles_go_and_capitals_or_a_comma_say_what_is_last(name, first, last):
    assert person_names.parse_name(name) == (first, last)


def test_a_sheet_may_say_that_last_names_come_first():
    assert person_names.split(person_names.arrange("Dupont Jean", last_first=True)) == ("Jean", "Dupont")
