"""Import the files in which lists of people were misread: each gives the people who are in it."""

from pathlib import Path

import inprocess
import pytest

CASES = Path(__file__).parent.parent / "cases"
READERS = {".csv": "csv", ".vcf": "vcard", ".xlsx": "xlsx"}


@pytest.fixture
def take(book):
    """Give a function that imports a case, and lists some columns of the clients."""

    def run(name, columns, *options):
        (path,) = CASES.glob(f"{name}*")
        run.done = inprocess.run("import", READERS[path.suffix], path, *options, db=book)
        assert run.done.status == 0, run.done
        listed = inprocess.run("client", "list", "--columns", columns, "--sort", "id", "--format", "tsv", db=book)
        return [tuple(line.split("\t")) for line in listed.lines]

    return run


@pytest.mark.parametrize(
    ("name", "columns", "people"),
    [
        ("75a", "name,email", [("Lia Moreau", "lia@example.org"), ("Tom Verne", "tom@example.org")]),
    ],
)
def test_the_people_of_a_file(take, name, columns, people):
    assert take(name, columns) == people


def test_addresses_that_google_joins_are_two(take, book):
    take("01-google", "name")
    listed = inprocess.run("address", "list", "1", "--columns", "street,postal_code,city,country", db=book)
    assert listed.lines == [
        "3 allée des Pins\t33000\tBordeaux\tFrance",
        "9 quai Sud\t64200\tBiarritz\tFrance",
    ]


def test_tags_in_quotes_are_parted_at_the_commas_between_them(take, book):
    take("101", "name", "--map", "Birthday=ignore")
    listed = inprocess.run("label", "list", "--columns", "name,clients", "--json", db=book)
    assert [tuple(each.values()) for each in listed.json] == [("VIP", 2), ("Yoga, doux", 1)]
