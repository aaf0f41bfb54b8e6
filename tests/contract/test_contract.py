"""The contract of all lists and all changes, taken from the tables of commands.

A new list or change must be entered in `listed.LISTS` or CHANGES, and then keeps the whole contract.
"""

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import heavy
import inprocess
import looking
import pytest
from listed import LISTS, ROWS
from looking import damage
from openpyxl import Workbook
from PIL import Image
from program import run as run_program
from python_calamine import CalamineWorkbook
from today import OWNER

from clientctl.base import uids
from clientctl.cli.framework.commands import ChangeCommand, ListCommand

EMPTY = {
    "client list": ["nobody-of-that-name"],
    "client duplicates": [],
    "label list": ["no-label-of-that-name"],
    "note list": ["--type", "call"],
    "task list": ["--done"],
    "address list": ["3"],
    "preference list": ["no-preference-of-that-name"],
    "preference history": ["4"],
    "document list": ["3"],
    "export emails": ["--everyone", "--yes", "--label", "Family"],
    "segment list": ["--as-of", "#2"],
    "staff list": ["--archived"],
    "site list": ["--archived"],
    "plan list": ["--archived"],
    "service list": ["--archived"],
    "rate list": ["--archived"],
    "package list": ["--status", "expired"],
    "order list": ["--ordered", "..2020-12-31"],
    "payment-method list": ["5"],
    "membership list": ["--status", "paused"],
    "membership due": ["--within", "0"],
    "charge list": ["--kind", "booking"],
    "payment list": ["--status", "disputed"],
    "credit list": ["--status", "expired"],
    "import mappings": ["--as-of", "#2"],
    "import list": ["--as-of", "#2"],
    "db verify": [],
}
"""Lists that have no row, asked like that; the others always have one."""


class Change(NamedTuple):
    """One way to make a change: what is typed after the verb, the ids of what it changes, what must be done before."""

    arguments: list[str]
    touched: list[str]
    before: tuple[tuple[str, ...], ...] = ()


CHANGES = {
    "client add": Change(["--first", "Noé", "--label", "VIP"], ["6"]),
    "client edit": Change(["2", "--company", "Dubois & fils"], ["2"]),
    "client archive": Change(["1", "3"], ["1", "3"]),
    "client restore": Change(["5"], ["5"]),
    "client merge": Change(["2", "4", "5", "--yes"], ["2"]),
    "client delete": Change(["4", "--yes"], ["4"]),
    "label add": Change(["New", "Newer"], ["5", "6"]),
    "label rename": Change(["VIP", "Regular"], ["1"]),
    "label remove": Change(["Family"], ["2"]),
    "label attach": Change(["2", "3", "--label", "Family"], ["2", "3"]),
    "label detach": Change(["1", "--label", "VIP"], ["1"]),
    "label set": Change(["1", "--label", "Family"], ["1"]),
    "note add": Change(["1", "Prefers mornings", "--type", "call", "--label", "VIP"], ["1"]),
    "note edit": Change(["1", "Prefers evenings"], ["1"], ROWS["note"]),
    "note remove": Change(["2", "1", "--yes"], ["2", "1"], ROWS["note"]),
    "task add": Change(["1", "Call", "--due", "+7d"], ["1"]),
    "task edit": Change(["1", "--unset", "due"], ["1"], ROWS["task"]),
    "task done": Change(["2", "1"], ["2", "1"], ROWS["task"]),
    "task reopen": Change(["1"], ["1"], (*ROWS["task"], ("task", "done", "1"))),
    "task remove": Change(["1", "--yes"], ["1"], ROWS["task"]),
    "address add": Change(["1", "--name", "Home", "--city", "Paris"], ["1"]),
    "address edit": Change(["2", "--unset", "street"], ["2"], ROWS["address"]),
    "address remove": Change(["1", "--yes"], ["1"], ROWS["address"]),
    "preference add": Change(["Newsletter", "Offers"], ["1", "2"]),
    "preference edit": Change(["Offers", "--name", "Deals"], ["2"], ROWS["preference"]),
    "preference remove": Change(["Newsletter", "--yes"], ["1"], ROWS["preference"]),
    "preference opt-in": Change(["2", "3", "--preference", "Newsletter"], ["2", "3"], ROWS["preference"]),
    "preference opt-out": Change(["1", "--preference", "Newsletter"], ["1"], ROWS["preference"]),
    "document attach": Change(["1", "sheet.csv"], ["1"]),
    "document remove": Change(["2", "1", "--yes"], ["2", "1"], ROWS["document"]),
    "field add": Change(["Dog", "--type", "text"], ["dog"]),
    "field edit": Change(["dog", "--name", "Puppy", "--before", "email"], ["dog"], ROWS["field"]),
    "field archive": Change(["dog"], ["dog"], ROWS["field"]),
    "field restore": Change(["dog"], ["dog"], (*ROWS["field"], ("field", "archive", "dog"))),
    "field remove": Change(["dog", "--yes"], ["dog"], (*ROWS["field"], ("client", "edit", "1", "--field", "dog=big"))),
    "segment save": Change(["Family", "--label", "Family"], ["1"]),
    "segment remove": Change(["Bound"], ["2"], ROWS["segment"]),
    "client photo": Change(["1", "photo.png"], ["1"]),
    "staff add": Change(["Noor"], ["2"]),
    "staff edit": Change(["Noor", "--name", "Noor van Dam"], ["2"], ROWS["staff"]),
    "staff archive": Change(["Noor"], ["2"], ROWS["staff"]),
    "staff restore": Change(["Noor"], ["2"], (*ROWS["staff"], ("staff", "archive", "Noor"))),
    "site add": Change(["Lyon"], ["1"]),
    "site edit": Change(["Lyon", "--name", "Lyon 2"], ["1"], ROWS["site"]),
    "site archive": Change(["Lyon"], ["1"], ROWS["site"]),
    "site restore": Change(["Lyon"], ["1"], (*ROWS["site"], ("site", "archive", "Lyon"))),
    "plan add": Change(["Aqua"], ["3"]),
    "plan edit": Change(["Yoga", "--name", "Hatha"], ["1"]),
    "plan archive": Change(["Yoga"], ["1"]),
    "plan restore": Change(["Yoga"], ["1"], (("plan", "archive", "Yoga"),)),
    "service add": Change(["Massage", "--length", "1h"], ["1"]),
    "service edit": Change(["Massage", "--name", "Shiatsu", "--unset", "after"], ["1"], ROWS["service"]),
    "service archive": Change(["Massage"], ["1"], ROWS["service"]),
    "service restore": Change(["Massage"], ["1"], (*ROWS["service"], ("service", "archive", "Massage"))),
    "rate add": Change(["Pilates", "Monthly", "--price", "60"], ["4"]),
    "rate edit": Change(["Yoga/Monthly", "--price", "52.90"], ["1"]),
    "rate archive": Change(["Yoga/Monthly"], ["1"]),
    "rate restore": Change(["Yoga/Monthly"], ["1"], (("rate", "archive", "Yoga/Monthly"),)),
    "membership add": Change(["--client", "3", "--plan", "Yoga/Yearly"], ["M-6"]),
    "membership extend": Change(["M-1", "--by", "1m"], ["M-1"]),
    "billing run": Change(["--through", "2026-03-02"], ["M-1"]),
    "membership renew": Change(["M-3"], ["M-6"]),
    "membership suspend": Change(["M-2", "--resume", "+2w"], ["M-2"]),
    "membership resume": Change(["M-2"], ["M-2"], (("membership", "suspend", "M-2"),)),
    "membership change": Change(
        ["M-6", "--rate", "Yearly", "--now", "--yes"],
        ["M-6"],
        (("membership", "add", "--client", "3", "--plan", "Yoga/Monthly"),),
    ),
    "membership edit": Change(["M-4", "--start", "2026-04-06", "--until", "2026-12-31"], ["M-4"]),
    "membership cancel": Change(["M-2", "--at-period-end"], ["M-2"]),
    "charge add": Change(["--client", "1", "--amount", "20", "--for", "Lost key"], ["C-1"]),
    "charge waive": Change(["C-2", "--amount", "5", "--reason", "Goodwill"], ["C-2"], ROWS["charge"]),
    "payment record": Change(["C-1", "--type", "cash"], ["P-1"], ROWS["charge"]),
    "payment fail": Change(["P-1"], ["P-3"], ROWS["payment"]),
    "payment dispute": Change(["P-1", "--reason", "not recognized"], ["P-3"], ROWS["payment"]),
    "payment void": Change(["P-1", "--yes"], ["P-3"], ROWS["payment"]),
    "payment refund": Change(["P-2", "--amount", "2", "--yes"], ["P-3"], ROWS["payment"]),
    "payment-type add": Change(["Voucher"], ["5"]),
    "payment-type edit": Change(["Card", "--name", "Reader"], ["2"]),
    "payment-type remove": Change(["Transfer"], ["3"]),
    "credit issue": Change(["1", "--amount", "12"], ["1"]),
    "credit use": Change(["1", "--sessions", "1"], ["2"], ROWS["credit"]),
    "credit revoke": Change(["1", "--yes"], ["1"], ROWS["credit"]),
    "package sell": Change(["--client", "3", "--plan", "Ten", "--paid", "cash"], ["K-3"], ROWS["package"]),
    "package use": Change(["K-1", "--sessions", "2"], ["K-1"], ROWS["package"]),
    "package edit": Change(["K-1", "--expires", "2026-12-31"], ["K-1"], ROWS["package"]),
    "package adjust": Change(["K-1", "-1", "--reason", "no show"], ["K-1"], ROWS["package"]),
    "payment-method add": Change(["1", "card"], ["1"]),
    "payment-method edit": Change(["1", "--last-four", "1881"], ["1"], ROWS["payment-method"]),
    "payment-method remove": Change(["2", "1", "--yes"], ["2", "1"], ROWS["payment-method"]),
    "mandate request": Change(["M-6"], ["1"], ROWS["mandate"]),
    "mandate activate": Change(["M-6"], ["1"], (*ROWS["mandate"], ("mandate", "request", "M-6"))),
    "mandate revoke": Change(["M-6"], ["1"], (*ROWS["mandate"], ("mandate", "request", "M-6"))),
    "import csv": Change(["sheet.csv"], []),
    "import xlsx": Change(["sheet.xlsx"], []),
    "import vcard": Change(["cards.vcf"], []),
    "import revert": Change(["#23"], ["#23"], ROWS["import"][:1]),
    "import remove-mapping": Change(["Monthly"], ["Monthly"], ROWS["import"]),
    "config set": Change(["currency", "CHF"], ["currency"]),
    "undo": Change([], ["#20"]),
    "redo": Change([], ["#21"]),
}
"""Every change. An import's number is its own business."""

PREVIEWED = {"import csv", "import xlsx", "import vcard"}
"""Changes of which a dry run lists every one, field by field."""

FINAL = {"client delete"}
"""Changes that can't be taken back."""

OF_THE_FILE = {"db restore", "db compact", "import json"}
"""What is done to the file as a whole; test_db.py and test_export_json.py have their tests."""

SHEET = "First name,Last name,E-mail\nNoé,Petit,noe@example.com\n"


@pytest.fixture(scope="module")
def _files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "sheet.csv").write_text(SHEET)
    (folder / "cards.vcf").write_text("BEGIN:VCARD\nFN:Noé Petit\nEND:VCARD\n")
    book = Workbook()
    for line in SHEET.splitlines():
        book.active.append(line.split(","))
    book.save(folder / "sheet.xlsx")
    Image.new("RGB", (9, 9)).save(folder / "photo.png")
    return folder


@pytest.fixture(autouse=True)
def _sheet(_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(_files, tmp_path, dirs_exist_ok=True)


@pytest.fixture
def before(request: pytest.FixtureRequest) -> tuple[tuple[str, ...], ...]:
    """Return what must be done before a change can be made, or for a list to have more in it."""
    given = getattr(request.node, "callspec", None)
    name = given.params.get("name") or given.params.get("verb") if given else None
    if name in CHANGES:
        return CHANGES[name].before
    return ROWS.get(str(name).partition(" ")[0], ())


def test_the_tables_name_every_list_and_every_change() -> None:
    assert set(LISTS) == set(inprocess.list_commands(ListCommand))
    assert {*CHANGES, *OF_THE_FILE} == set(inprocess.list_commands(ChangeCommand))


def words(name: str, *more: str) -> list[str]:
    return [*name.split(), *(LISTS[name] if name in LISTS else CHANGES[name].arguments), *more]


# -- lists ----------------------------------------------------------------------------------------


@pytest.fixture(params=LISTS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def records(do, name: str, *more: str) -> list[dict]:
    return do(*words(name, *more, "--json")).json


def keys_of(do, name: str) -> list[str]:
    header = do(*words(name, "--header")).lines[0]
    return header.split("\t")


def test_each_format_has_the_same_rows_and_columns(do, name) -> None:
    wanted, keys = records(do, name), keys_of(do, name)
    assert all(list(record) == keys for record in wanted)
    plain = do(*words(name))
    assert (plain.status, plain.err, len(plain.lines)) == (0, "", len(wanted))
    assert do(*words(name, "--header")).lines[1:] == plain.lines
    assert all(line.count("\t") == len(keys) - 1 for line in plain.lines)
    assert [json.loads(line) for line in do(*words(name, "--format", "jsonl")).lines] == wanted
    rows = list(csv.DictReader(io.StringIO(do(*words(name, "--format", "csv")).out)))
    assert [list(row.values()) for row in rows] == [line.split("\t") for line in plain.lines]
    drawn = do(*words(name, "--format", "table"))
    assert (drawn.status, drawn.err) == (0, "")
    assert len(drawn.lines) == (len(wanted) + 2 if wanted else 0)


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_list_is_no_failure_and_says_nothing(do, name) -> None:
    asked = [*name.split(), *EMPTY[name]]
    for more, out in (((), ""), (("--json",), "[]\n"), (("--format", "table"), ""), (("--exit-code",), "")):
        assert do(*asked, *more)[:3] == (0, out, "")
    assert len(do(*asked, "--format", "csv").lines) == 1
    assert do(*asked, "--count").out == "0\n"


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_list_is_noted_on_a_terminal(practice, name) -> None:
    shown, status = inprocess.run_on_screen("--db", str(practice), *name.split(), *EMPTY[name], width=200)
    assert status == 0
    assert len(shown.splitlines()) == 1
    assert shown.endswith(".\n")


def test_columns_are_chosen_and_ordered_by_key(do, name) -> None:
    keys = keys_of(do, name)
    chosen = [keys[-1], keys[0]]
    wanted = [{key: record[key] for key in chosen} for record in records(do, name)]
    assert records(do, name, "--columns", ",".join(chosen)) == wanted
    assert records(do, name, "--columns", chosen[0], "--columns", chosen[1]) == wanted
    refused = do(*words(name, "--columns", f"{keys[0]},nonsense"))
    assert (refused.status, refused.out) == (2, "")
    assert "'nonsense'" in refused.error.message
    assert all(key in refused.error.message for key in keys)


def test_a_list_about_clients_names_each_for_the_day_it_comes_back(do, name) -> None:
    there = do(*words(name, "--columns", "nonsense")).error.message
    of_clients = name in {"client list", "segment show"}
    if "client_id" in there or of_clients:
        key = "id" if of_clients else "client_id"
        found = records(do, name, "--columns", f"{key},uid", "--sort", "uid")
        of_client = {each[key]: each["uid"] for each in found}
        assert len(found) == len(records(do, name)) > 0
        assert all(uids.normalize(named).endswith(f"{number:x}") for number, named in of_client.items())
        assert [each[key] for each in found] == sorted(each[key] for each in found)
    else:
        assert "uid" not in there


def test_a_list_is_sorted_by_any_column_either_way(do, name) -> None:
    rows = records(do, name)
    for key in keys_of(do, name):
        up, down = (records(do, name, "--sort", sort) for sort in (key, f"-{key}"))
        assert sorted(map(str, up)) == sorted(map(str, rows)) == sorted(map(str, down))
        filled = [record[key] for record in up if record[key] not in (None, [])]
        assert [record[key] for record in up][: len(filled)] == filled, "empty cells come last"
        assert [record[key] for record in down][: len(filled)] == filled[::-1]
    refused = do(*words(name, "--sort", "nonsense"))
    assert (refused.status, "'nonsense'" in refused.error.message) == (2, True)


def test_a_list_ends_where_people_look_and_pages_count_from_its_start(do, name) -> None:
    rows = records(do, name)
    sort = ["--sort", keys_of(do, name)[0]]
    first_to_last = records(do, name, *sort)
    assert records(do, name, "--limit", "0") == rows
    # Who ends first comes first, and so does what is due first.
    last = rows[:1] if name in {"membership due", "task list"} else rows[-1:]
    assert records(do, name, "--limit", "1") == last
    assert records(do, name, "--limit", "1", "--page", "1") == rows[:1]
    assert records(do, name, "--limit", "1", "--page", "2") == rows[1:2]
    assert records(do, name, "--page", "1") == rows
    assert records(do, name, "--page", "99") == []
    assert records(do, name, *sort, "--limit", "1") == first_to_last[:1]
    for wrong in (["--limit", "-1"], ["--page", "0"], ["--limit", "x"], ["--page", "1.5"]):
        assert do(*words(name, *wrong))[:2] == (2, "")


def test_counts_numbers_and_exit_codes(do, name) -> None:
    rows, keys = records(do, name), keys_of(do, name)
    assert do(*words(name, "--count")).out == f"{len(rows)}\n"
    for form in ([], ["--json"], ["--format", "table"]):
        assert do(*words(name, "-q", *form)).lines == [str(record[keys[0]]) for record in rows]
    found = 10 if rows else 0
    for more in ([], ["--count"], ["-q"], ["--json"]):
        assert do(*words(name, "--exit-code", *more)).status == found
    assert do(*words(name)).status == 0


def test_a_list_goes_to_a_file_as_it_is_shown(do, name, tmp_path) -> None:
    rows, keys = records(do, name), keys_of(do, name)
    done = do(*words(name, "--out", "list.json"))
    assert done[:3] == (0, "", "Wrote list.json\n")
    assert json.loads(Path("list.json").read_text()) == rows
    assert do(*words(name, "--out", "list.csv", "--columns", keys[0])).status == 0
    assert Path("list.csv").read_text().splitlines()[0].lstrip("\ufeff") == keys[0]
    assert do(*words(name, "--out", "list.xlsx", "--limit", "1")).status == 0
    sheet = CalamineWorkbook.from_path("list.xlsx").get_sheet_by_index(0).to_python()
    assert (len(sheet), len(sheet[0])) == (1 + min(1, len(rows)), len(keys))

    before = Path("list.json").read_bytes()
    refused = do(*words(name, "--out", "list.json", "--limit", "1"))
    assert (refused.status, refused.out) == (5, "")
    assert "--force" in refused.error.message
    assert Path("list.json").read_bytes() == before
    assert do(*words(name, "--out", "list.json", "--limit", "1", "--force")).status == 0
    assert len(json.loads(Path("list.json").read_text())) == min(1, len(rows))
    assert do(*words(name, "--out", "list.txt"))[:2] == (2, "")
    assert do(*words(name, "--out", "missing/list.csv"))[:2] == (6, "")
    assert do(*words(name, "--out", "other.csv", "--count"))[:2] == (2, "")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(("list", "other", "."))) == [
        "list.csv", "list.json", "list.xlsx",
    ]  # fmt: skip


def test_common_options_go_before_or_after_the_noun_and_the_verb(do, name) -> None:
    noun, *verb = name.split()
    options = ["--json", "--today", "2026-03-02", "--color", "never", "--lang", "en"]
    after = do(noun, *verb, *LISTS[name], *options)
    assert after == do(*options, noun, *verb, *LISTS[name])
    assert after == do(noun, *options, *verb, *LISTS[name])
    assert after.status == 0
    json.loads(after.out)


def test_a_list_as_it_was_before_anything_was_in_it(do, name) -> None:
    done = do(*words(name, "--as-of", "#2", "--json"))
    if name in {
        "client history",
        "segment show",
        "membership timeline",
        "db verify",
    }:  # there was none; the file is as it is
        assert done.status == (2 if name == "db verify" else 3)
        return
    assert done.status == 0
    if name == "staff list":
        assert [person["name"] for person in done.json] == [OWNER]
    elif name in EMPTY:
        assert done.json == []


# -- changes --------------------------------------------------------------------------------------


@pytest.fixture(params=CHANGES)
def verb(request: pytest.FixtureRequest) -> str:
    return request.param


_OUTCOMES: dict[tuple[str, ...], inprocess.Result] = {}


@pytest.fixture
def outcome(copies, verb) -> Callable[..., inprocess.Result]:
    """Return ``outcome(*options)``, which runs the change once on a copy and returns its output."""

    def run_once(*options: str) -> inprocess.Result:
        asked = (verb, *options)
        if asked not in _OUTCOMES:
            _OUTCOMES[asked] = copies()(*words(*asked))
        return _OUTCOMES[asked]

    return run_once


def entries(do) -> list[dict]:
    return do("log", "--columns", "number,command,touched", "--json").json


def test_a_change_says_what_it_did_on_stderr_and_makes_one_entry(copies, verb) -> None:
    do = copies()
    before = entries(do)
    done = do(*words(verb))
    assert (done.status, done.out) == (0, "")
    assert done.err.endswith("\n")
    assert "Dry run" not in done.err
    *old, new = entries(do)
    assert old == before
    assert new["command"] == verb
    if verb not in PREVIEWED:
        assert (new["touched"] or "").split() == CHANGES[verb].touched


ALREADY = {
    "client edit": ["1", "--first", "Zoé"],
    "client archive": ["5"],
    "client restore": ["1"],
    "label rename": ["VIP", "VIP"],
    "label attach": ["1", "--label", "VIP"],
    "label detach": ["1", "--label", "Family"],
    "label set": ["1", "--label", "VIP"],
    "note edit": ["1", "Prefers mornings"],
    "task edit": ["2", "--due", "yesterday"],
    "task reopen": ["2"],
    "address edit": ["1", "--city", "Évry"],
    "preference edit": ["Offers", "--name", "Offers"],
    "preference opt-in": ["1", "--preference", "Newsletter"],
    "field edit": ["dog", "--name", "Dog", "--optional", "--collect-nowhere", "--last"],
    "staff edit": ["Noor", "--name", "Noor"],
    "site edit": ["Lyon", "--name", "Lyon"],
    "plan edit": ["Yoga", "--name", "Yoga"],
    "service edit": ["Massage", "--length", "60min", "--price", "60.00"],
    "rate edit": ["Yoga/Monthly", "--price", "49.90"],
    "membership edit": ["M-2", "--start", "2026-01-15", "--for", "1y", "--collection", "manual"],
    "payment-method edit": ["1", "--label", "Visa", "--last-four", "4242"],
    "payment-type edit": ["Card", "--name", "Card"],
    "package edit": ["K-1", "--unset", "expires"],
    "config set": ["within", "10"],
}
"""Changes that change nothing."""


@pytest.mark.parametrize("verb", ALREADY)
def test_a_change_to_what_is_so_already_says_so_and_makes_no_entry(do, verb) -> None:
    before = entries(do)
    for more in ([], ["-n"]):
        done = do(*verb.split(), *ALREADY[verb], *more)
        assert done.status == 0, done.error
        assert any(word in done.err.lower() for word in ("already", "is unchanged", "nothing to", "is not archived"))
    assert entries(do) == before


def test_a_dry_run_says_the_same_and_changes_nothing(copies, outcome, verb, tmp_path) -> None:
    real, shown_then = outcome(), outcome("--json")
    do = copies()
    before = looking.files(tmp_path)
    done = do(*words(verb, "-n"))
    assert done.status == 0
    assert (done.out == "") == (verb not in PREVIEWED)
    assert looking.files(tmp_path) == before
    assert done.err == real.err + "Dry run: nothing was changed.\n"
    shown = do(*words(verb, "--dry-run", "--json")).json
    if verb in PREVIEWED:
        assert shown
        assert all({"line", "record", "field", "was", "is"} < set(change) for change in shown)
    else:
        assert shown == shown_then.json


def test_json_shows_the_record_and_quiet_its_number(outcome, verb) -> None:
    done, quiet = outcome("--json"), outcome("-q")
    assert (done.status, quiet.status) == (0, 0)
    assert done.err == quiet.err == outcome().err
    shown = done.json
    several = shown if isinstance(shown, list) else [shown]
    assert [str(next(iter(record.values()))) for record in several] == quiet.lines
    assert isinstance(shown, list) == (len(several) != 1)
    if verb not in PREVIEWED:
        assert quiet.lines == CHANGES[verb].touched


def test_the_same_request_again_changes_nothing(copies, verb, tmp_path) -> None:
    do = copies()
    first = do(*words(verb, "--request-id", "r-1", "--json"))
    number = entries(do)[-1]["number"]
    before = looking.files(tmp_path)
    again = do(*words(verb, "--request-id", "r-1", "--json"))
    assert (again.status, again.err) == (0, f"already done ({number})\n")
    assert again.json == ([] if verb.rpartition(" ")[2].startswith("remove") else first.json)
    quiet = do(*words(verb, "--request-id", "r-1", "-q", "--yes"))
    assert (quiet.status, quiet.err) == (0, again.err)
    assert do(*words(verb, "--request-id", "r-1"))[:3] == (0, "", again.err)
    other = "plan add" if verb == "label add" else "label add"
    refused = do(*other.split(), "Different", "--request-id", "r-1")
    assert (refused.status, refused.out) == (5, "")
    assert number in refused.error.message
    assert verb in refused.error.message
    assert looking.files(tmp_path) == before


@pytest.mark.parametrize("verb", [verb for verb in CHANGES if verb not in {"undo", "redo"}])
def test_a_change_is_taken_back_and_made_again(copies, verb, tmp_path) -> None:
    do = copies()
    path = max(tmp_path.glob("copy-*/*.db"))
    before = looking.dump_file(path)
    do(*words(verb))
    after = looking.dump_file(path)
    assert after != before
    if verb in FINAL:
        assert "is final" in do("undo").error.message
        return
    assert do("undo").status == 0
    assert looking.dump_file(path) == before
    assert do("redo").status == 0
    assert looking.dump_file(path) == after
    assert damage(path) == []


def test_the_past_is_not_changed_and_yes_is_taken_everywhere(do, outcome, verb) -> None:
    refused = do(*words(verb, "--as-of", "#10"))
    assert (refused.status, refused.out) == (2, "")
    assert "--as-of" in refused.error.message
    assert outcome("--yes").status == 0


@pytest.mark.heavy
@pytest.mark.parametrize("verb", heavy.times({name.split()[0]: name for name in CHANGES}.values(), CHANGES))
def test_common_options_of_a_change_go_anywhere(copies, verb) -> None:
    noun, *rest = words(verb)
    options = ["--json", "--today", "2026-03-02"]
    done = [copies()(*options, noun, *rest), copies()(noun, *options, *rest), copies()(noun, *rest, *options)]
    assert done[0] == done[1] == done[2]
    assert done[0].status == 0


# -- errors ---------------------------------------------------------------------------------------

WRONG = [
    (("client", "list", "--format", "xml"), 2, "usage"),
    (("client", "show", "nobody"), 3, "not_found"),
    (("client", "show", "Müller"), 4, "ambiguous"),
    (("membership", "extend", "M-3", "--by", "1m"), 5, "refused"),
    (("client", "list", "--db", "missing.db"), 6, "storage"),
]


@pytest.mark.parametrize(("typed", "status", "code"), WRONG)
def test_an_error_is_one_line_for_people_and_an_object_for_programs(practice, typed, status, code) -> None:
    home = {"CLIENTCTL_DB": str(practice), "CLIENTCTL_TODAY": "2026-03-01"}
    done = run_program(*typed, **home)
    assert (done.returncode, done.stdout) == (status, "")
    first, *details = done.stderr.splitlines()
    assert first.startswith("clientctl: ")
    assert all(line.startswith("  ") for line in details)
    if status != 2:
        done = run_program(*typed, "--json", **home)
        assert (done.returncode, done.stdout) == (status, "")
        error = json.loads(done.stderr)["error"]
        assert (error["code"], error["message"]) == (code, first.removeprefix("clientctl: "))
