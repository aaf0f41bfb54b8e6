"""The `client duplicates` and `client merge` commands."""

import pytest
import terminal

HOME = {"CLIENTCTL_TODAY": "2026-03-01", "CLIENTCTL_NOW": "2026-03-01T09:00:00Z"}

TWICE = (
    "client",
    "add",
    "--first",
    "Anna",
    "--last",
    "Dubois",
    "--phone",
    "01 99 00 12 34",
    "--email",
    "ana@example.com",
)


@pytest.fixture
def twice(do):
    """Return the practice with Ana Dubois, client 2, once more as client 6."""
    assert do(*TWICE).status == 0
    return do


def test_who_is_added_twice_is_told_of_and_listed(do) -> None:
    assert do("client", "duplicates").out == ""
    way_out = "`clientctl client merge 2 6` merges them"
    assert do(*TWICE).err.splitlines() == [
        f"2 Ana Dubois may be the same person (same phone, similar name): {way_out}",
        "Added client 6: Anna Dubois",
    ]
    (pair,) = do("client", "duplicates", "--json").json
    assert pair == {
        "id": 2,
        "name": "Ana Dubois",
        "other_id": 6,
        "other_name": "Anna Dubois",
        "score": 85,
        "reasons": ["same phone", "similar name"],
        "email": None,
        "other_email": "ana@example.com",
        "phone": "+33199001234",
        "other_phone": "+33199001234",
    }
    assert do("client", "duplicates", "anna", "--columns", "id,other_id,reasons").lines == [
        "6\t2\tsame phone, similar name"
    ]
    assert do("client", "duplicates", "zoe@example.com", "--count").out == "0\n"
    assert do("client", "duplicates", "--exit-code").status == 10
    assert do("client", "duplicates", "--as-of", "#21", "--count").out == "0\n"


def test_two_people_are_not_proposed_again_until_that_is_taken_back(twice) -> None:
    done = twice("client", "duplicates", "--not-duplicate", "2", "anna dubois", "--json")
    assert done.err == "Marked Ana Dubois (2) and Anna Dubois (6) as different people\n"
    assert [record["id"] for record in done.json] == [2, 6]
    again = twice("client", "duplicates", "--not-duplicate", "6", "2")
    assert again.err == "Anna Dubois (6) and Ana Dubois (2) were already marked as different people\n"
    assert twice("client", "duplicates", "--count").out == "0\n"
    assert twice("client", "duplicates", "--marked", "-q").lines == ["2"]
    back = twice("client", "duplicates", "--maybe-duplicate", "2", "6", "-n")
    assert (
        back.err == "Marked Ana Dubois (2) and Anna Dubois (6) as possible duplicates\nDry run: nothing was changed.\n"
    )
    assert twice("client", "duplicates", "--maybe-duplicate", "2", "6", "-q").lines == ["2", "6"]
    assert twice("client", "duplicates", "--count").out == "1\n"
    assert [row["command"] for row in twice("log", "--json").json][-2:] == ["client duplicates", "client duplicates"]
    assert twice("undo").status == 0
    assert twice("client", "duplicates", "--marked", "--count").out == "1\n"


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["duplicates", "nobody-of-that-name"], 3, "nobody-of-that-name"),
        (["duplicates", "--not-duplicate", "2"], 2, "2 arguments"),
        (["duplicates", "--not-duplicate", "2", "99"], 3, "'99'"),
        (["duplicates", "--not-duplicate", "2", "2"], 5, "named twice"),
        (["duplicates", "--not-duplicate", "2", "6", "--maybe-duplicate", "2", "6"], 2, "don't go together"),
        (["duplicates", "2", "--not-duplicate", "2", "6"], 2, "don't go together"),
        (["duplicates", "--not-duplicate", "2", "6", "--marked"], 2, "don't go together"),
        (["duplicates", "--not-duplicate", "2", "6", "--as-of", "#10"], 2, "--as-of"),
        (["merge"], 2, "SURVIVOR"),
        (["merge", "2", "--yes"], 2, "name another client"),
        (["merge", "2", "99", "--yes"], 3, "'99'"),
        (["merge", "2", "2", "--yes"], 5, "with itself"),
        (["merge", "5", "2", "--yes"], 5, "client restore 5"),
        (["merge", "2", "6"], 2, "Anna Dubois (6) would be merged into Ana Dubois (2): confirm with --yes"),
        (["merge", "2", "6", "--prefer", "phone=5", "--yes"], 2, "the ids are 2, 6"),
        (["merge", "2", "6", "--prefer", "nonsense=6", "--yes"], 3, "'nonsense'"),
        (["merge", "2", "6", "--as-of", "#10"], 2, "--as-of"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(twice, typed, status, says) -> None:
    before = twice("client", "list", "--json").out, twice("log").out
    done = twice("client", *typed)
    assert (done.status, done.out, done.err) == (status, "", "")
    assert says in done.error.message
    assert (twice("client", "list", "--json").out, twice("log").out) == before


def test_a_merge_says_field_by_field_what_survives(twice) -> None:
    said = [
        "First name: Anna (from 6, not Ana of 2)",
        "Last name: Dubois",
        "E-mail: ana@example.com (from 6)",
        "Phone: +33 1 99 00 12 34",
        "Client since: 2020-05-01",
        "Member since: 2026-01-15",
        "Merged Anna Dubois (6) into Ana Dubois (2)",
    ]
    wish = ("client", "merge", "2", "6", "--prefer", "first=6")
    dry = twice(*wish, "--dry-run")
    assert dry.err.splitlines() == [*said, "Dry run: nothing was changed."]
    done = twice(*wish, "--yes", "--json")
    assert done.err.splitlines() == said
    assert (done.json["name"], done.json["email"], len(done.json["memberships"])) == (
        "Anna Dubois",
        "ana@example.com",
        2,
    )


def test_a_merged_id_leads_to_the_survivor_and_undo_parts_them(twice) -> None:
    before = twice("client", "list", "--json").json
    assert twice("client", "merge", "2", "6", "--yes", "-q").lines == ["2"]
    shown = twice("client", "show", "6", "--json")
    assert (shown.json["id"], shown.err) == (2, "client 6 was merged into 2\n")
    assert twice("client", "history", "id:6", "--count").err == "client 6 was merged into 2\n"
    edited = twice("client", "edit", "6", "--company", "X")
    assert edited.err.splitlines()[0] == "client 6 was merged into 2"
    refused = twice("client", "merge", "2", "6", "--yes")
    assert (refused.status, refused.error.details) == (5, ("client 6 was merged into 2",))
    assert [row["id"] for row in twice("client", "list", "--json").json][-1] == 2
    assert twice("client", "list", "anna", "--count").out == "0\n"
    number = twice("log", "--json").json[-2]["number"]
    assert twice("client", "show", "6", "--as-of", number, "--json").json["name"] == "Anna Dubois"
    assert twice("undo").status == twice("undo").status == 0
    assert twice("client", "list", "--json").json == before


OLD = """First name,Last name,E-mail,Phone
Anna,Dubois,anna@example.com,06 99 88 77 66
Anna,Dubois,,06 99 88 77 66
A.,Dubois,anna@example.com,
"""


@pytest.mark.parametrize("more", [(), ("--on-match", "fill"), ("--same-email", "new")])
def test_an_old_list_finds_whom_two_became_one(do, tmp_path, more) -> None:
    """Both e-mails and phones are kept, and the name that the merged one has in other lists."""
    assert do("client", "edit", "2", "--email", "ana@example.com").status == 0
    added = ("--first", "Anna", "--last", "Dubois", "--email", "anna@example.com", "--phone", "06 99 88 77 66")
    assert do("client", "add", *added).status == 0
    before = do("client", "list", "--json").json
    dry = do("client", "merge", "2", "6", "--dry-run")
    assert "E-mail 2: anna@example.com (from 6, in a new field)" in dry.err.splitlines()
    assert do("field", "list", "--json").json == do("field", "list", "--as-of", "#1", "--json").json
    done = do("client", "merge", "2", "6", "--yes", "--json")
    assert (done.json["e_mail_2"], done.json["phone_2"]) == ("anna@example.com", "+33699887766")
    old = tmp_path / "old.csv"
    old.write_text(OLD if more[-1:] != ("new",) else "".join(OLD.splitlines(keepends=True)[:3]))
    imported = do("import", "csv", str(old), *more)
    assert "clients 0 added, 0 updated" in imported.err
    assert do("client", "list", "--count").out == "4\n"
    assert do("undo").status == do("undo").status == 0
    assert do("client", "list", "--json").json == before
    assert do("client", "list", "--columns", "id,e_mail_2").status == 2


def test_ids_come_from_standard_input(twice) -> None:
    assert twice("client", "merge", "2", "-", "--yes", stdin="6\n4\n").status == 0
    assert twice("client", "list", "--columns", "id").lines == ["1", "3", "2"]


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("n\n", 1)])
def test_a_terminal_shows_what_survives_and_asks(twice, practice, typed, status) -> None:
    seen = terminal.run("client", "merge", "2", "6", typed=typed, CLIENTCTL_DB=str(practice), **HOME)
    lines = seen.shown.splitlines()
    assert lines[:3] == [
        "First name: Ana (not Anna of 6)",
        "Last name: Dubois",
        "E-mail: ana@example.com (from 6)",
    ]
    assert "Anna Dubois (6) would be merged into Ana Dubois (2). Merge them? [y/N]:" in seen.shown
    assert seen.shown.count("First name") == 1
    assert (seen.status, "Merged Anna Dubois (6)" in seen.shown) == (status, status == 0)
    assert twice("client", "list", "--count").out == f"{4 + status}\n"


def test_hostile_names_are_shown_inert(do, practice) -> None:
    for phone in ("0612345678", "06 12 34 56 78"):
        assert do("client", "add", "--first", "\x1b]0;x\x07[red]Éve", "--last", "\u202eM", "--phone", phone).status == 0
    seen = terminal.run("client", "merge", "6", "7", typed="n\n", CLIENTCTL_DB=str(practice), **HOME)
    assert not {"\x1b", "\x07", "\u202e"} & set(seen.shown)
    assert "[red]Éve" in seen.shown
    assert "\x1b" not in do("client", "merge", "6", "7", "--yes").err
