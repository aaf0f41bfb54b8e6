"""Custom fields of every type, in all commands that handle their values."""

import re
from typing import get_args

import inprocess
import pytest
from looking import damage
from sequences import OWN

from clientctl.base.import_records import ContactKind
from clientctl.domain.clients.field_types import CONTACTS, FITS, TYPES, Asking
from clientctl.domain.overview.field_conditions import OPERATORS
from clientctl.domain.session import opened

VALUES = {
    "text": ("Rex", "Max"),
    "long-text": ("Rex the dog", "Max the cat"),
    "number": ("7.5", "8"),
    "money": ("1200.50 EUR", "1300.00 EUR"),
    "date": ("2020-01-31", "2021-01-31"),
    "yes-no": ("yes", "no"),
    "choice": ("Rex", "Max"),
    "choices": ("Rex", "Max"),
    "url": ("https://example.com/a", "https://example.com/b"),
    "email": ("rex@example.com", "max@example.com"),
    "phone": ("+33199001234", "+33199001235"),
}
"""Two values of each type, as they are typed."""

ASKED = {
    "number": ("is {}", "is-not {}", "above {}", "below {}"),
    "money": ("is {}", "is-not {}", "above {}", "below {}"),
    "date": ("is {}", "is-not {}", "before {}", "after {}", "in {}.."),
    "yes-no": ("is {}",),
    "choice": ("is {}", "is-not {}"),
    "choices": ("is {}", "is-not {}"),
}
"""What can be asked besides whether there is one; of texts also what they begin with and hold."""


def test_there_are_values_of_every_type() -> None:
    assert set(VALUES) == set(TYPES)


def test_every_type_is_among_those_typed_at_random() -> None:
    assert {kind for kind, _ in OWN.values()} == set(TYPES)


def test_the_file_keeps_every_type_and_no_other(book) -> None:
    with opened.reading(book) as db:
        (schema,) = db.row("SELECT sql FROM sqlite_schema WHERE name = 'fields'")
    (kept,) = re.findall(r"CHECK\(type IN \(([^)]*)\)\)", schema)
    assert re.findall("'([^']*)'", kept) == list(TYPES)


def test_every_question_can_be_asked_and_every_type_is_asked_one() -> None:
    assert {each.asked for each in TYPES.values()} == set(OPERATORS) == set(get_args(Asking))


def test_a_type_is_guessed_from_its_cells_but_for_those_that_need_the_whole_column_or_are_never_guessed() -> None:
    whole = {"date", "choice", "text", "long-text"}
    assert set(TYPES) - set(FITS) == whole | {"money", "choices"}


def test_what_a_file_says_several_times_over_goes_into_the_types_that_hold_contacts() -> None:
    assert set(get_args(ContactKind)) == set(CONTACTS)


@pytest.mark.parametrize("kind", TYPES)
def test_a_value_of_a_type_goes_everywhere(book, tmp_path, monkeypatch, kind) -> None:
    monkeypatch.chdir(tmp_path)
    one, other = VALUES[kind]
    choices = [word for value in VALUES[kind] for word in ("--choice", value)] if kind.startswith("choice") else []

    def do(*typed: str):
        done = inprocess.run(*typed, db=book)
        assert done.status == 0, (typed, done)
        return done

    do("field", "add", "Pet", "--type", kind, *choices)
    for name in ("Ana", "Bo", "Zoe"):
        do(
            "client",
            "add",
            "--first",
            name,
            "--email",
            f"{name}@example.com",
            *(["--field", f"pet={one}"] * (name != "Zoe")),
        )
    (was,) = {str(row["pet"]) for row in do("client", "list", "--columns", "pet", "--json").json[:2]}
    asked = ASKED.get(kind, ("is {}", "is-not {}", "starts {}", "contains {}"))
    for question in (*asked, "empty", "filled"):
        found = do("client", "list", "--where", f"pet {question.format(one)}", "-q").lines
        is_theirs = not question.startswith(("is-not", "above", "below", "before", "after", "empty"))
        assert [number for number in found if number != "3"] == (["1", "2"] if is_theirs else []), question
        assert "3" in found if question == "empty" else "3" not in found or "is-not" in question, question
    do("client", "list", "--sort", "pet")
    assert "Pet" in do("client", "edit", "1", "--field", f"pet={other}").err
    last = do("client", "history", "1", "--json").json[-1]
    assert (last["field"], last["was"] != last["is"], None in (last["was"], last["is"])) == ("Pet", True, False)
    assert "Pet" in do("client", "show", "1", "--format", "table").out
    for form in ("csv", "xlsx", "json", "vcard"):
        do("export", form, f"all.{form}")
    do("client", "dossier", "1", "ana.zip")
    assert str(do("client", "list", "--columns", "pet", "--sort", "id", "--json").json[0]["pet"]) != was
    do("import", "csv", "all.csv", "--on-match", "update", "--yes")
    do("client", "merge", "1", "2", "--yes")
    do("undo")
    do("segment", "save", "Pets", "--where", f"pet is {one}")
    assert do("client", "list", "--segment", "Pets", "-q").lines == ["2"]
    do("field", "edit", "pet", "--name", "Animal")
    assert damage(book) == []
