"""Round trips of any names, labels and fields through the real export and import."""

import csv
import shutil
from datetime import date
from pathlib import Path

import again
import heavy
import inprocess
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientctl.domain.client_file import workbook
from clientctl.domain.clients import addresses, field_values, fields, labels, preferences
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.field_types import TYPES
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.practice import sites
from clientctl.domain.session import opened as book
from clientctl.errors import ClientctlError

CHOICES = ("Small", "a, b", 'semi; "quoted"', "=1+1", "Été", "'x", "x ::: y")

# Names, with all that makes cells, lists and formulas of them; blanks at the ends are never stored.
words = st.text(
    st.sampled_from("aZé山;,\"'=+-@#/\\: \u202e")
    | st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn", "Zl", "Zp", "Cf"]),
    min_size=1,
    max_size=12,
)
letters = st.text("abcdé", min_size=1, max_size=6)
names = st.builds("{}{}{}".format, letters, st.just("") | st.just(" ::: "), words)
days = st.dates(date(1900, 1, 1), date(2026, 2, 28)).map(str)

currencies = st.sampled_from(["EUR", "CHF"])
value_of = {
    "text": names,
    "long-text": st.builds("{}\n{}".format, names, names),
    "number": st.decimals(-10**6, 10**6, places=3).map(lambda number: f"{number:f}"),
    "money": st.builds("{}.{:02} {}".format, st.integers(0, 10**6), st.integers(0, 99), currencies),
    "date": days,
    "yes-no": st.sampled_from(["yes", "no"]),
    "choice": st.sampled_from(CHOICES),
    "url": letters.map("https://example.com/{}".format),
    "email": st.just("second{}@example.org"),
    "phone": st.integers(0, 9999).map("+33 1 99 01 {:04}".format),
}  # fmt: skip

people = st.fixed_dictionaries(
    {"first_name": names | st.just("=HYPERLINK(1)"), "last_name": names},
    optional={
        "phone": st.integers(0, 9999).map("+33 1 99 00 {:04}".format) | st.just("(07700) 900-769"),
        "company": names,
        "position": names,
        "birthday_on": days,
        "language": st.sampled_from(["fr", "en", "it"]),
        "site": st.just("Lyon"),
        "company_address": names,
        "labels": st.lists(names, max_size=3),
        "opted_in": st.booleans(),
        "client_since": days,
        "my choices": st.lists(st.sampled_from(CHOICES), min_size=1, unique=True),
        "places": st.lists(names, max_size=2, unique_by=lambda name: name.casefold()),
        **{f"my {kind}": value_of[kind] for kind in TYPES if kind != "choices"},
    },
)


def prepare(path: Path) -> None:
    inprocess.fill(path, ("preference", "add", "Letters, monthly"), ("site", "add", "Lyon"))
    for kind in TYPES:
        chosen = [word for each in CHOICES for word in ("--choice", each)] if kind.startswith("choice") else []
        inprocess.fill(path, ("field", "add", f"My {kind}", "--type", kind, *chosen))


def fill(path: Path, listed: list[dict], *, alike: bool = False) -> None:
    """Add people; those who are ``alike`` may have one name and phone, else those two would be one."""
    with book.writing(path, "fill") as db:
        site = sites.find(db, "Lyon").id
        letter = preferences.find(db, "Letters, monthly")
        by_type = {each.type: each for each in fields.custom(db)}
        for number, given_ in enumerate(listed):
            said = {key: given_[key] for key in given_ if key in clients.EDITABLE}
            if not alike:
                said |= {"email": f"p{number}@example.com", "last_name": f"{said['last_name']} {number}"}
            values, _ = clients.normalized(db, said)
            since = date.fromisoformat(given_.get("client_since", "2020-01-01"))
            values["site_id"] = site if "site" in given_ else None
            client = clients.add(db, values, source="hand", since=since)
            for kind in TYPES:
                if (key := f"my {kind}") in given_:
                    several = given_[key] if kind == "choices" else [given_[key].replace("{}", str(number))]
                    field_values.set_values(db, client, by_type[kind], several)
            for name in given_.get("labels", ()):
                try:
                    label, _ = labels.found_or_made(db, name)
                except ClientctlError:
                    continue
                labels.attach_to_many(db, label.id, [client])
            if "opted_in" in given_:
                preferences.record_import(db, letter, {client: given_["opted_in"]})
            for street in given_.get("places", ()):
                addresses.add(db, clients.get(db, client), "Home", {"street": street, "city": "Paris"})


def held(path: Path) -> list[tuple]:
    with book.reading(path) as db:
        listing = workbook.rows(db, ClientFilter())
        return [row[1:] for row in listing.rows]


def people_in(path: Path) -> list:
    with book.reading(path) as db:
        return [
            each._replace(uid=None, revised_at=None, kept=(), labels=tuple(sorted(each.labels)))
            for each in workbook.contacts(db, ClientFilter(), with_notes=True)
        ]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory, _blank) -> Path:
    path = tmp_path_factory.mktemp("prepared") / "clients.db"
    path.write_bytes(_blank)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTCTL_NOW", "2026-03-01T09:00:00Z")
        patch.setenv("CLIENTCTL_TODAY", "2026-03-01")
        prepare(path)
    return path


@pytest.fixture
def pair(prepared, tmp_path):
    """Return a function that makes two fresh databases with the same fields and a name for the file between them."""
    numbers = iter(range(10**6))

    def make() -> tuple[Path, Path, Path]:
        number = next(numbers)
        made = [tmp_path / f"{which}{number}.db" for which in ("from", "to")]
        for path in made:
            shutil.copy(prepared, path)
        return (*made, tmp_path / f"clients{number}")

    return make


LESS = settings(
    max_examples=heavy.times(15, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@LESS
@given(st.lists(people, min_size=1, max_size=4), st.booleans())
def test_a_csv_file_comes_back(pair, listed, guarded) -> None:
    source, target, file = pair()
    fill(source, listed)
    file = file.with_suffix(".csv")
    assert inprocess.run("export", "csv", file, *([] if guarded else ["--no-guard"]), db=source).status == 0
    done = inprocess.run("import", "csv", file, db=target)
    assert (done.status, done.error) == (0, None)
    assert held(target) == held(source)
    once_more = inprocess.run("import", "csv", file, "--again", db=target)
    assert f"{len(listed)} unchanged" in once_more.err


@LESS
@given(st.lists(people, min_size=1, max_size=4), st.sampled_from(["3.0", "4.0"]))
def test_a_vcard_file_comes_back(pair, listed, version) -> None:
    source, target, file = pair()
    fill(source, listed)
    file = file.with_suffix(".vcf")
    assert inprocess.run("export", "vcard", file, "--version", version, "--with-notes", db=source).status == 0
    done = inprocess.run("import", "vcard", file, db=target)
    assert (done.status, done.error) == (0, None)
    assert people_in(target) == people_in(source)
    here = inprocess.run("import", "vcard", file, db=source)
    assert f"clients 0 added, 0 updated; memberships 0 added, 0 updated; {len(listed)} unchanged" in here.err


@pytest.mark.heavy
@settings(LESS, max_examples=heavy.times(6, 120))
@given(st.lists(people, min_size=1, max_size=4), st.booleans())
def test_nothing_changes_by_what_comes_back_to_its_own_file(pair, listed, alike) -> None:
    source, _, file = pair()
    fill(source, listed, alike=alike)
    was = again.collect(source)
    columns = inprocess.run("client", "list", "--columns", "nonsense", db=source).error.message
    every = ",".join(["uid", *columns.split("the columns are ")[1].removesuffix(", uid").split(", ")])
    for suffix, kind, *words in (
        (".csv", "csv", "export", "csv"),
        (".plain.csv", "csv", "export", "csv", "--no-guard"),
        (".vcf", "vcard", "export", "vcard", "--with-notes"),
        (".4.vcf", "vcard", "export", "vcard", "--with-notes", "--version", "4.0"),
        (".xlsx", "xlsx", "export", "xlsx"),
        (".all.xlsx", "xlsx", "export", "xlsx", "--columns", every),
        (".list.csv", "csv", "client", "list", "--columns", every, "--out"),
        (".list.xlsx", "xlsx", "client", "list", "--columns", every, "--out"),
    ):
        written = file.with_suffix(suffix)
        assert inprocess.run(*words, written, db=source).status == 0
        done = inprocess.run("import", kind, written, "--on-match", "update", "--again", db=source)
        assert (done.status, done.error) == (0, None), (words, done.error.details)
        assert "clients 0 added, 0 updated" in done.err, words
        assert again.collect(source) == was, words


FOREIGN = """BEGIN:VCARD
VERSION:2.1
N:Curie;Marie;;Dr;
TEL;HOME:+33 1 99 00 12 34
UID:abc
LABEL;HOME;ENCODING=QUOTED-PRINTABLE:12 rue, x=0D=0AParis
BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29
GEO:48.85;2.35
GENDER:F
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Pierre
UID:def
GENDER:M
BDAY:--0405
END:VCARD
"""


@pytest.mark.parametrize("version", ["3", "4"])
def test_cards_of_people_from_elsewhere_change_nothing_here_and_come_back(pair, version) -> None:
    source, target, file = pair()
    file.write_text(FOREIGN)
    out = file.with_suffix(".vcf")
    inprocess.fill(
        source,
        ("import", "vcard", str(file)),
        ("client", "add", "--phone", "+33 1 99 00 00 01", "--company", "Lab"),
        ("client", "edit", "1", "--last", "Skłodowska"),
        ("export", "vcard", str(out), "--version", version),
    )
    for path, added in ((source, 0), (target, 3)):
        done = inprocess.run("import", "vcard", out, "--again", db=path)
        assert f"clients {added} added, 0 updated" in done.err
    once = file.with_suffix(".again")
    inprocess.fill(target, ("export", "vcard", str(once), "--version", version))
    known = ("UID", "X-CLIENTCTL-UID", "REV")
    written = [[line for line in each.read_text().splitlines() if not line.startswith(known)] for each in (out, once)]
    assert written[0] == written[1]


@pytest.mark.parametrize("survivor", [1, 2])
def test_of_what_a_card_has_once_a_merge_leaves_the_survivors(pair, survivor) -> None:
    path, _, file = pair()
    file.write_text(FOREIGN)
    inprocess.fill(path, ("import", "vcard", str(file)), ("client", "merge", str(survivor), str(3 - survivor), "--yes"))
    lines = inprocess.run("export", "vcard", "-", "--version", "4.0", db=path).lines
    found = [line for line in lines if line.startswith(("UID", "GENDER", "BDAY"))]
    assert (
        sorted(found) == [["BDAY:--0229", "GENDER:F", "UID:abc"], ["BDAY:--0405", "GENDER:M", "UID:def"]][survivor - 1]
    )
    assert "N:Curie;Marie;;Dr;" in lines or survivor == 2
    inprocess.fill(path, ("undo",), ("export", "vcard", str(file), "--force"))
    assert "UID:abc" in file.read_text()


def first_row(file: Path) -> dict[str, str]:
    with file.open(newline="", encoding="utf-8") as opened:
        return next(csv.DictReader(opened))


def test_notes_are_left_out_and_formulas_are_guarded(pair) -> None:
    source, _, file = pair()
    fill(source, [{"first_name": "=cmd|x", "last_name": "-2+3|x", "my text": "@SUM(A1)", "phone": "+33 1 99 00 12 34"}])
    inprocess.fill(source, ("note", "add", "1", "Very secret"))
    for kind in ("csv", "vcard", "ics"):
        inprocess.fill(source, ("export", kind, str(file.with_suffix(f".{kind}"))))
        assert "secret" not in file.with_suffix(f".{kind}").read_text()
    row = first_row(file.with_suffix(".csv"))
    assert [row[key] for key in ("first_name", "last_name", "my_text")] == ["'=cmd|x", "'-2+3|x 0", "'@SUM(A1)"]
    assert row["phone"] == "+33 1 99 00 12 34"
    inprocess.fill(source, ("export", "csv", str(file.with_suffix(".raw")), "--no-guard"))
    assert first_row(file.with_suffix(".raw"))["first_name"] == "=cmd|x"
    inprocess.fill(source, ("export", "vcard", str(file.with_suffix(".vcf")), "--with-notes"))
    assert "NOTE:Very secret" in file.with_suffix(".vcf").read_text()
