"""Lists, cards, help and errors on terminals of any width: no word is cut, nothing is wider than the terminal."""

import re
import unicodedata

import filled
import inprocess
import looking
import pytest
from listed import CHARGES, LISTS, ROWS
from typer.core import TyperCommand

from clientctl.base import phones
from clientctl.base.text import show_controls

WIDTHS = (40, 60, 80, 120)
NAMES = ("小明 王", "Zoe\u0308 Müller", "María de los Ángeles Fernández-Villaverde", "𝒜na", "O'Neil-Österreicher", "ஸ்ரீ")
OF_JSON = ("segment list", "segment show", "import mappings")
"""Lists of what is kept as JSON, which made-up texts are not."""

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def cells(text: str) -> int:
    """Count the columns that a text takes on a terminal, apart from how the program does."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    marks = sum(unicodedata.category(letter) in {"Mn", "Me", "Cf"} for letter in text)
    return len(text) + wide - marks


@pytest.fixture(scope="module")
def crowded(_grown, tmp_path_factory):
    """Return a practice with rows in every list, and people of long and foreign names."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "sheet.csv").write_text("First name,Last name,E-mail\nNoé,Petit,noe@example.com\n")
    (folder / "photo.png").write_bytes(b"a picture")
    rows = [line for lines in ROWS.values() for line in lines]
    people = [
        ("client", "add", "--last", name, "--email", f"{'a' * 5 * at}@{at}.example.org", "--phone", f"+3319900{at:04}")
        for at, name in enumerate(NAMES, 1)
    ]
    long = "A note of many words, one of them https://example.org/" + "x" * 90 + ", and \x1b[31m others"
    more = [
        ("note", "add", "1", long),
        ("client", "edit", "2", "--phone", "+44 20 7946 0018", "--company", "An enterprise of some renown"),
        ("charge", "add", "--client", "7", "--amount", "1234567.89 CHF", "--for", "Ein Schlüssel, verloren im Wald"),
        ("payment", "record", "--client", "2", "--type", "cash", "--amount", "20", "--overpay", "credit"),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return _grown((*rows, *people, *CHARGES, *more))


@pytest.fixture(scope="module")
def full(tmp_path_factory, _blank):
    """Return a file with a row in every table."""
    path = tmp_path_factory.mktemp("full") / "clients.db"
    path.write_bytes(_blank)
    with looking.change(path, "fill") as db:
        filled.fill(db, [1, 2])
        addresses = "email = id || '@example.com', login_email = id || '@example.org'"
        db.connection.execute(f"UPDATE clients SET photo = NULL, phone = '+33199001234', {addresses}")
    return path


@pytest.mark.parametrize(
    ("book", "name"),
    [*(("crowded", name) for name in LISTS), *(("full", name) for name in LISTS if name not in OF_JSON)],
)
def test_no_list_cuts_what_it_shows_nor_is_wider_than_the_terminal(request, book, name) -> None:
    path = request.getfixturevalue(book)
    asked = [*name.split(), *LISTS[name]]
    whole = inprocess.run_at_width(*asked, "--format", "tsv", "--header", "--limit", "50", db=path, width=10_000)
    if whole.error:
        assert book == "full", whole  # what is asked for by name is not there
        return
    keys, *rows = [line.split("\t") for line in whole.lines]
    found = 0
    for width in WIDTHS:
        seen = inprocess.run_at_width(*asked, db=path, width=width)
        lines = seen.lines
        assert [line for line in (*lines, *seen.err.splitlines()) if cells(line) > width] == []
        left_out = said_to_be_left_out(seen.err)
        assert keys[0] not in left_out
        filled_at = [at for at in range(len(keys)) if any(row[at] for row in rows)]
        shown = [at for at in filled_at if keys[at] not in left_out]
        for at in shown:
            for row in rows if keys[at] != "currency" else []:
                for part in parts(row[at]):
                    if cells(part) <= width:
                        assert any(part in line for line in lines), (width, keys[at], part)
                        found += 1
        # The first ones stay: what is said to be left out is the last, but for columns in which nothing is.
        assert shown == filled_at[: len(shown)] or "currency" in keys
        assert len(left_out) < len(keys)
    assert found or not rows


def said_to_be_left_out(said: str) -> set[str]:
    """Read which columns were left out."""
    line = " ".join(said.split())
    found = re.search(r"columns? left out at this width; --columns names (?:them|it): (\w+(?:, \w+)*)", line)
    return set(found[1].split(", ")) if found else set()


def parts(value: str) -> list[str]:
    """Return what of a value has to stay whole: a number, a day, a phone, else each word."""
    if value.startswith("+") and value[1:].isdigit():
        return [phones.format_for_people(value)]
    if INSTANT.fullmatch(value):
        return [value[:10]]
    return show_controls(value).split()


CARDS = (
    ("client", "show", "1"),
    ("client", "show", "2"),
    ("client", "show", "9"),
    ("membership", "show", "M-1"),
    ("package", "show", "K-1"),
    ("order", "show", "O-1"),
    ("charge", "show", "C-1"),
    ("payment", "show", "P-1"),
    ("plan", "show", "Yoga"),
    ("rate", "show", "Yoga/Monthly"),
    ("service", "show", "Massage"),
    ("staff", "show", "Noor"),
    ("db", "info"),
)


@pytest.mark.parametrize("asked", CARDS, ids=" ".join)
def test_no_card_cuts_what_it_shows_nor_is_wider_than_the_terminal(crowded, asked) -> None:
    plain = inprocess.run(*asked, "--format", "tsv", db=crowded)
    assert plain.status == 0
    values = [line.split("\t", 1)[1] for line in plain.lines]
    for width in WIDTHS:
        seen = inprocess.run_at_width(*asked, db=crowded, width=width)
        assert [line for line in (*seen.lines, *seen.err.splitlines()) if cells(line) > width] == []
        for value in values:
            for part in parts(value):
                if cells(part) <= width - 4:
                    assert any(part in line for line in seen.lines), (width, part)


def test_help_is_no_wider_than_the_terminal_and_its_examples_can_be_copied(tmp_path) -> None:
    commands = inprocess.list_commands(TyperCommand)
    for name in ("", *dict.fromkeys(each.split()[0] for each in commands), *commands):
        for width in WIDTHS:
            seen = inprocess.run_at_width(*name.split(), "--help", db=tmp_path / "none.db", width=width)
            assert [line for line in seen.lines if cells(line) > width] == [], (name, width)
        wide = inprocess.run_at_width(*name.split(), "--help", db=tmp_path / "none.db", width=200).out
        narrow = inprocess.run_at_width(*name.split(), "--help", db=tmp_path / "none.db", width=60).out
        assert examples(narrow) == examples(wide), name


def examples(help_text: str) -> list[str]:
    """Read the examples as a shell does."""
    return re.sub(r" \\\n +", " ", help_text.partition("Examples:\n")[2]).splitlines()
