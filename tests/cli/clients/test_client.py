"""The `client` commands, used rightly and wrongly, in a pipe and on a terminal."""

import sys

import inprocess
import pytest
import terminal
from program import run as run_program

from clientctl.domain.client_file.card import SECTIONS
from clientctl.domain.overview import filters
from clientctl.domain.session import opened

HOME = {"CLIENTCTL_TODAY": "2026-03-01", "CLIENTCTL_NOW": "2026-03-01T09:00:00Z"}


def ids(done) -> list[int]:
    return [int(line) for line in done.lines]


# -- list -----------------------------------------------------------------------------------------


def test_the_client_last_changed_by_hand_comes_last(do) -> None:
    assert ids(do("client", "list", "-q")) == [1, 2, 3, 4]
    do("client", "edit", "2", "--company", "Dubois & fils")
    assert ids(do("client", "list", "-q")) == [1, 3, 4, 2]
    do("label", "attach", "1", "--label", "Family")
    assert ids(do("client", "list", "-q")) == [3, 4, 2, 1]
    do("membership", "add", "--client", "3", "--plan", "Yoga/Monthly")
    assert ids(do("client", "list", "-q")) == [3, 4, 2, 1]
    assert do("client", "list", "--limit", "1").lines == ["1\tZoé Müller\tzoe@example.com\tFamily, VIP, Yoga"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (["mull"], [3, 1]),
        (["MÜLLER"], [3, 1]),
        (["zoe", "mul"], [1]),
        (["müller zoé"], [1]),
        (["lukasz"], [3]),
        (["zoe@example"], [1]),
        (["01 99 00 12 34"], [2]),
        (["+33199001234"], [2]),
        (["001234"], [2]),
        (["nameless"], [4]),
        (["friend"], []),
        (["100%"], []),
        (["_"], []),
    ],
)
def test_a_search_finds_names_in_any_order_e_mails_and_phones(do, text, found) -> None:
    assert ids(do("client", "list", *text, "-q")) == found


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["--label", "vip"], [1]),
        (["--label", "VIP", "--label", "Pilates"], [1, 2, 3]),
        (["--not-label", "VIP", "--not-label", "Pilates"], [4]),
        (["--label", "Yoga", "--not-label", "VIP"], [2, 4]),
        (["--label", "plan:yoga"], [1, 2, 4]),
        (["--member"], [1, 2, 3]),
        (["--no-member"], [4]),
        (["--archived"], [5]),
        (["--member", "--label", "Pilates", "lu"], [3]),
        (["--member", "--today", "2026-03-06"], [2, 3]),
    ],
)
def test_within_a_filter_any_will_do_and_all_filters_hold(do, filters, found) -> None:
    assert ids(do("client", "list", *filters, "-q")) == found
    assert do("client", "list", *filters, "--count").out == f"{len(found)}\n"


def test_a_label_that_does_not_exist_is_not_an_empty_list(do) -> None:
    done = do("client", "list", "--label", "Nonsense")
    assert (done.status, done.out) == (3, "")
    assert "Nonsense" in done.error.message


def test_a_terminal_gets_the_last_page_and_is_told_which(practice) -> None:
    home = {**HOME, "CLIENTCTL_DB": str(practice)}
    seen = terminal.run("client", "list", **home)
    assert seen.status == 0
    assert seen.shown.splitlines()[0].split() == ["Id", "Name", "E-mail", "Labels"]
    assert seen.shown.splitlines()[-1].split() == ["4", "nameless@example.net", "nameless@example.net", "Yoga"]
    seen = terminal.run("client", "list", "--limit", "3", **home)
    assert seen.shown.splitlines()[-2].startswith(" 4  nameless")
    assert seen.shown.splitlines()[-1] == "page 2 of 2"
    assert terminal.run("client", "list", "mull", "--limit", "1", **home).shown.endswith("page 1 of 2\n")
    assert terminal.run("client", "list", "--sort", "name", "--limit", "3", **home).shown.endswith("page 1 of 2\n")
    assert terminal.run("client", "list", "--page", "9", **home).shown.endswith(
        "page 9 does not exist: this is the last one, page 1 of 1\n"
    )
    assert terminal.run("client", "list", "nobody", **home).shown == "No clients match.\n"


# -- add ------------------------------------------------------------------------------------------

DETAILS = {
    "--first": ("Noé", "first_name", "Noé"),
    "--last": ("  Petit ", "last_name", "Petit"),
    "--email": ("Noe@EXAMPLE.com", "email", "Noe@example.com"),
    "--phone": ("01 99 00 55 55", "phone", "+33199005555"),
    "--company": ("Studio", "company", "Studio"),
    "--position": ("Coach", "position", "Coach"),
    "--birthday": ("1990-05-01", "birthday", "1990-05-01"),
    "--language": ("FR", "language", "fr"),
    "--since": ("-1y", "client_since", "2025-03-01"),
}


def test_every_detail_is_stored_and_shown(do) -> None:
    typed = [word for option, (value, *_) in DETAILS.items() for word in (option, value)]
    done = do("client", "add", *typed, "--label", "VIP", "--label", "Walk-in", "--new-label", "--json")
    assert (done.status, done.err) == (0, "Added client 6: Noé Petit\n")
    record = done.json
    assert {key: record[key] for _, key, _ in DETAILS.values()} == {key: want for _, key, want in DETAILS.values()}
    assert record["labels"] == ["VIP", "Walk-in"]
    assert (record["status"], record["source"], record["memberships"]) == ("lead", "hand", [])
    assert do("client", "show", "6", "--json").json == record


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        ([], 2, "--first, --last, --email or --phone"),
        (["--company", "Studio"], 2, "--first"),
        (["--first", ""], 2, "--first is empty"),
        (["--first", "A", "--phone", "  "], 2, "--phone is empty"),
        (["--email", "nonsense"], 2, "'nonsense'"),
        (["--first", "A", "--birthday", "2026-02-30"], 2, "2026-12-31"),
        (["--first", "A", "--birthday", "10"], 2, "2026-12-31"),
        (["--first", "A", "--birthday", "2026-03-02"], 2, "birthday 2026-03-02 is in the future"),
        (["--first", "A", "--field", "birthday=tomorrow"], 2, "birthday 2026-03-02 is in the future"),
        (["--first", "A", "--since", ""], 2, "2026-12-31"),
        (["--first", "A", "--language", "klingon"], 2, "fr"),
        (["--first", "A", "--label", "Nonsense"], 3, "`clientctl label add Nonsense`"),
        (["--first", "4111 1111 1111 1111"], 5, "1111"),
        (["--first", "A", "--nonsense"], 2, "--nonsense"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_added(do, typed, status, says) -> None:
    done = do("client", "add", *typed)
    assert (done.status, done.out, done.err) == (status, "", "")
    assert says in done.error.message
    assert "4111" not in done.error.message
    assert do("client", "list", "--count").out == "4\n"


def test_what_is_odd_is_taken_and_said(do) -> None:
    who = ("--first", "Zoe", "--last", "Muller", "--email", "ZOE@example.com")
    done = do("client", "add", *who, "--phone", "+33 6 39 98 12 34")
    assert done.status == 0
    odd, same, added = done.err.splitlines()
    assert odd.startswith("+33 6 39 98 12 34 is not a valid phone number")
    assert same.startswith("1 Zoé Müller may be the same person (same e-mail")
    assert added == "Added client 6: Zoe Muller"


def test_a_terminal_is_asked_for_what_is_missing(practice, do) -> None:
    home = {**HOME, "CLIENTCTL_DB": str(practice)}
    seen = terminal.run("client", "add", typed="Noé\n\nnoe@example.com\n\n", **home)
    assert seen.status == 0
    assert seen.shown.endswith("Added client 6: Noé\n")
    assert [word for word in ("First name [", "Last name [", "E-mail [", "Phone, ") if word not in seen.shown] == []
    assert do("client", "list", "noe@").lines == ["6\tNoé\tnoe@example.com\t"]
    seen = terminal.run("client", "add", "--first", "Said", **home)
    assert seen.shown == "Added client 7: Said\n"
    nothing = terminal.run("client", "add", typed="\n\n\n\n\x04", **home)
    assert (nothing.status, "needs a name" in nothing.shown) == (1, True)
    assert do("client", "list", "--count").out == "6\n"


def test_the_end_of_input_at_a_question_stops_without_a_trace(practice, do) -> None:
    seen = terminal.run("client", "add", typed="Noé\n\x04", **HOME, CLIENTCTL_DB=str(practice))
    assert seen.status == 1
    assert seen.shown.endswith("clientctl: stopped; nothing was changed\n")
    assert do("client", "list", "--count").out == "4\n"


def test_only_someone_who_can_answer_is_asked(practice) -> None:
    for streams in (("stdout", "stderr"), ("stdin", "stdout")):
        seen = terminal.run("client", "add", terminal=streams, **HOME, CLIENTCTL_DB=str(practice))
        assert seen.status == 2
        assert "First name" not in seen.shown


# -- show -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "who",
    ["1", "id:1", "zoe@example.com", "email:ZOE@example.com", "Zoé Müller", "muller zoe", "name:zoe muller", "zo mu"],
)
def test_a_client_is_shown_by_any_name(do, who) -> None:
    done = do("client", "show", who)
    assert (done.status, done.err.count("\n")) == (0, 1)
    fields = dict(line.split("\t") for line in done.lines)
    assert (fields["id"], fields["name"], fields["labels"], fields["phone"]) == ("1", "Zoé Müller", "VIP, Yoga", "")
    assert list(fields) == list(do("client", "show", who, "--json").json)[: len(fields)]


def test_only_one_section_or_both(do) -> None:
    record = do("client", "show", "2", "--json").json
    assert [each["number"] for each in record["memberships"]] == ["M-2", "M-3"]
    both = do("client", "show", "2", "--section", "history", "--section", "memberships", "--json").json
    assert both == {"history": record["history"], "memberships": record["memberships"]}
    assert len(do("client", "show", "2", "--section", "memberships").lines) == 2
    assert do("client", "show", "2", "--section", "memberships", "--section", "history").status == 2
    wrong = do("client", "show", "2", "--section", "nonsense")
    assert (wrong.status, ", ".join(SECTIONS) in wrong.error.message) == (2, True)


@pytest.mark.parametrize(
    ("who", "status", "details"),
    [
        ("müller", 4, ["1  Zoé Müller  zoe@example.com", "3  Łukasz Müller  Lu@example.org"]),
        ("99", 3, []),
        ("Zoé Mulller", 3, ["1  Zoé Müller  zoe@example.com"]),
        ("nobody@example.com", 3, []),
        ("", 3, []),
        ("%", 3, []),
    ],
)
def test_nobody_or_several_is_an_error_with_a_hint(do, who, status, details) -> None:
    done = do("client", "show", who)
    assert (done.status, done.out) == (status, "")
    assert list(done.error.details) == details


# -- edit -----------------------------------------------------------------------------------------


def test_every_detail_is_changed_and_emptied(do) -> None:
    typed = [word for option, (value, *_) in DETAILS.items() for word in (option, value)]
    done = do("client", "edit", "2", *typed, "--json")
    assert {key: done.json[key] for _, key, _ in DETAILS.values()} == {key: want for _, key, want in DETAILS.values()}
    assert done.err.startswith("Changed Ana Dubois (2): First name Noé (was Ana); Last name Petit (was Dubois)")
    assert "Client since 2025-03-01 (was 2020-05-01)" in done.err
    keys = [key for _, key, _ in DETAILS.values() if key not in {"email", "client_since"}]
    unset = [word for key in keys for word in ("--unset", key)]
    record = do("client", "edit", "2", *unset, "--json").json
    assert [key for _, key, _ in DETAILS.values() if record[key]] == ["email", "client_since"]


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["1"], 2, "nothing to change"),
        (["1", "--phone", ""], 2, "--unset phone"),
        (["1", "--birthday", ""], 2, "--unset birthday"),
        (["1", "--birthday", "tomorrow"], 2, "is in the future"),
        (["1", "--unset", "since"], 3, "first_name, last_name, email"),
        (["4", "--unset", "email"], 5, "needs a name"),
        (["Müller", "--company", "X"], 4, "'Müller'"),
        (["Nobody", "--company", "X"], 3, "'Nobody'"),
        (["1", "2", "--company", "X"], 2, "unexpected argument 2"),
    ],
)
def test_an_edit_that_makes_no_sense_changes_nothing(do, typed, status, says) -> None:
    log = do("log").out
    done = do("client", "edit", *typed)
    assert (done.status, done.out, says in done.error.message) == (status, "", True)
    assert do("log").out == log


def test_an_edit_to_what_is_so_already_leaves_no_entry(do) -> None:
    log = do("log").out
    done = do("client", "edit", "1", "--first", "Zoé")
    assert (done.status, done.err) == (0, "Zoé Müller (1) is unchanged\n")
    assert do("log").out == log


# -- archive, restore, several selectors ------------------------------------------------------------


def test_several_clients_are_archived_all_or_none(do) -> None:
    refused = do("client", "archive", "1", "zoe@example.com", "nobody")
    assert (refused.status, refused.out) == (3, "")
    assert do("client", "list", "--archived", "-q").lines == ["5"]
    done = do("client", "archive", "1", "Łukasz Müller")
    assert done.err == "Archived Zoé Müller (1)\nArchived Łukasz Müller (3)\n"
    assert ids(do("client", "list", "-q")) == [2, 4]
    assert do("client", "archive", "1").err == "Zoé Müller (1) is already archived\n"
    assert do("membership", "due", "-q").lines == ["M-1"]
    assert do("client", "restore", "1", "3", "2").err.splitlines()[2] == "Ana Dubois (2) is not archived"
    assert ids(do("client", "list", "-q")) == [2, 4, 1, 3]


def test_ids_come_from_standard_input(do) -> None:
    found = do("client", "list", "mull", "-q").out
    done = do("client", "archive", "-", stdin=f"{found}\n 2 \n")
    assert (done.status, len(done.err.splitlines())) == (0, 3)
    assert ids(do("client", "list", "-q")) == [4]
    assert do("client", "restore", "-", "4", "--json", stdin="1").json[0]["id"] == 1
    assert do("client", "archive", "-", stdin="").status == 0
    for wrong, status in (("1\nzoe@example.com\n", 3), ("1\n99\n", 3), (b"1\n\xff\n", 2)):
        done = do("client", "archive", "-", stdin=wrong)
        assert (done.status, done.out, done.err) == (status, "", "")
    assert ids(do("client", "list", "-q")) == [4, 1]


def test_a_change_fed_by_another_change_does_not_wait_for_it(practice) -> None:
    """The reader of the pipe must not hold the file while the writer still needs it."""
    script = '"$0" -m clientctl client edit 4 --first Nina -q | "$0" -m clientctl client archive -'
    done = run_program(program=("sh", "-c", script, sys.executable), CLIENTCTL_DB=str(practice), **HOME)
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "Archived Nina (4)")


# -- history, the past ------------------------------------------------------------------------------


def test_the_history_says_who_changed_what_when(do) -> None:
    do("client", "edit", "1", "--last", "Petit")
    last = do("client", "history", "zoe@example.com", "--json").json[-1]
    assert (last["who"], last["command"], last["at"]) == ("Ana Müller", "client edit", "2026-03-01T09:00:00Z")
    assert (last["record"], last["was"], last["is"]) == ("client 1", "Müller", "Petit")
    assert [each["was"] for each in do("client", "history", "1", "--json").json[-3:]] == [
        None,
        "Studio Müller",
        "Müller",
    ]


def test_a_list_shows_the_records_as_they_stood(do) -> None:
    assert do("client", "list", "--as-of", "#9", "-q").lines == ["1"]
    assert do("client", "show", "1", "--as-of", "#10", "--json").json["labels"] == ["VIP"]
    assert do("client", "show", "3", "--as-of", "#10").status == 3
    for wrong in ("nonsense", "2026-13-01", "31/12/2026"):
        assert do("client", "list", "--as-of", wrong)[:2] == (2, "")
    assert do("client", "list", "--as-of", "2020-01-01").status == 2


def test_aliases_are_hidden_but_there(do) -> None:
    assert do("client", "ls") == do("client", "list")
    assert do("label", "rm", "Family").status == 0
    assert " ls" not in do("client", "--help").out
    assert do("client", "li").status == 2


def test_a_change_takes_the_beginnings_of_a_name_and_says_whom_it_met(do) -> None:
    for typed in (
        ["client", "edit", "zo", "--company", "X"],
        ["note", "add", "zo mu", "x"],
        ["client", "archive", "zo"],
    ):
        done = do(*typed)
        assert (done.status, "Zoé Müller (1)" in done.err) == (0, True), typed


@pytest.mark.parametrize("typed", [["delete", "zo"], ["merge", "2", "zo"], ["merge", "zo", "2"]])
def test_what_is_final_wants_the_whole_name(do, typed) -> None:
    done = do("client", *typed, "--yes")
    assert (done.status, done.out) == (3, "")
    assert done.error.message.endswith("use the full name, the e-mail, or id:1")
    assert done.error.details == ("1  Zoé Müller  zoe@example.com",)


def test_restore_looks_among_the_archived_first(do) -> None:
    do("client", "add", "--first", "Zoé", "--last", "Müller")
    do("client", "archive", "1")
    assert do("client", "edit", "zoé müller", "--company", "X").err.startswith("Changed Zoé Müller (6)")
    assert do("client", "restore", "zoé müller").err == "Restored Zoé Müller (1)\n"


def test_several_choices_in_one_value_are_told_to_be_given_each_alone(do) -> None:
    do("field", "add", "Interests", "--type", "choices", "--choice", "Yoga", "--choice", "Massage", "--choice", "A, b")
    several = do("client", "edit", "1", "--field", "interests=Yoga, massage")
    assert (several.status, several.out) == (2, "")
    options = several.error.message.partition(": give ")[2]
    assert options == "--field interests=Yoga --field interests=Massage"
    assert do("client", "edit", "1", *options.split()).status == 0
    assert do("client", "list", "--columns", "interests", "--json", "zoe").json == [{"interests": ["Massage", "Yoga"]}]
    assert do("client", "edit", "1", "--field", "interests=a, B").status == 0
    unknown = do("client", "edit", "1", "--field", "interests=yoga, Tennis")
    assert "`clientctl field edit interests --choice Tennis` adds one" in unknown.error.message


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Jean Dupont", "Jean", "Dupont"),
        ("DUPONT Jean", "Jean", "DUPONT"),
        ("Dupont, Jean", "Jean", "Dupont"),
        ("M. Jean  Dupont", "Jean", "Dupont"),
        ("Noé", "Noé", None),
    ],
)
def test_a_whole_name_is_split_as_that_of_an_import_and_of_a_buyer(do, tmp_path, name, first, last) -> None:
    done = do("client", "add", name, "--email", "noe@example.com", "--json")
    assert (done.json["first_name"], done.json["last_name"]) == (first, last)
    do("undo")
    do("membership", "add", "--new-client", name, "--plan", "Yoga/Monthly")
    sheet = tmp_path / "people.csv"
    sheet.write_text(f'Name,E-mail\n"{name}",jean@example.com\n')
    assert do("import", "csv", sheet, "--again").status == 0
    people = do("client", "list", "--columns", "first_name,last_name", "--json").json[-2:]
    assert people == [{"first_name": first, "last_name": last}] * 2


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (["Jean Dupont", "--first", "Jean"], "'Jean Dupont' and --first don't go together: give the full name, or"),
        (["Jean Dupont", "--last", "Dupont"], "'Jean Dupont' and --last don't go together"),
        (["jean@example.com"], "'jean@example.com' is an e-mail, not a name: use --email jean@example.com"),
        (["06 12 34 56 78"], "'06 12 34 56 78' is a phone, not a name: use --phone '06 12 34 56 78'"),
        (["..."], "'...' is not a name: give one, or --email or --phone"),
        ([""], "'' is not a name"),
    ],
)
def test_what_is_no_name_says_what_to_type(do, typed, says) -> None:
    done = do("client", "add", *typed)
    assert (done.status, done.out) == (2, "")
    assert done.error.message.startswith(says)


def test_a_search_that_finds_nobody_names_who_is_near(do, practice) -> None:
    do("client", "add", "--first", "Anna", "--last", "Dubois")
    for typed, says in {
        ("mulelr",): "did you mean Zoé Müller (1) or Łukasz Müller (3)? `clientctl client show id:1` shows the first",
        ("ana", "dubios"): "did you mean Ana Dubois (2)? `clientctl client show id:2` shows who that is",
        ("friend",): "archived, or excluded by a filter or the site: Old Friend (5); `clientctl client show id:5` shows"
        " who that is",
        ("ana", "--label", "VIP"): "archived, or excluded by a filter or the site: Ana Dubois (2); "
        "`clientctl client show id:2` shows who that is",
    }.items():
        for form in ([], ["-q"], ["--format", "csv"]):
            done = do("client", "list", *typed, *form)
            assert (done.status, done.err) == (0, f"{says}\n")
        assert (
            f"No clients match.\n{says}\n"
            in inprocess.run_at_width("client", "list", *typed, db=practice, width=200).err
        )
        for form in (["--json"], ["--format", "jsonl"], ["--count"]):
            assert do("client", "list", *typed, *form).err == ""
    for nobody in (["xyzzy"], ["ana", "--page", "9"], ["--label", "Family"], ["ana"]):
        assert do("client", "list", *nobody).err == ""


@pytest.mark.parametrize("typed", [["lead,client"], ["Client", "LEAD"], ["lead", "lead, client"]])
def test_several_statuses_are_asked_for_like_other_names_out_of_a_set(do, typed) -> None:
    do("client", "restore", "5")
    everyone = do("client", "list", "-q").lines
    assert do("client", "list", *[f"--status={each}" for each in typed], "-q").lines == everyone
    assert do("client", "list", "--status", "lead", "-q").lines == ["5"]
    refused = do("client", "list", "--status", "lead,gone")
    assert (refused.status, refused.error.message) == (2, "no status 'gone': there are lead, client")


def test_a_segment_keeps_several_statuses_and_one_saved_as_it_was_is_read(do, practice) -> None:
    do("client", "restore", "5")
    do("segment", "save", "All", "--status", "lead,client")
    assert do("segment", "list", "--columns", "filter").lines == ["--status lead --status client"]
    do("segment", "save", "Leads", "--status", "lead")
    with opened.writing(practice, "test") as db:
        row = db.value("SELECT id FROM segments WHERE name = 'Leads'")
        db.update("segments", row, filter='{"status": "lead"}')
    assert do("client", "list", "--segment", "Leads", "-q").lines == ["5"]
    filters.check_saved('{"status": "lead"}')
    assert do("client", "list", "--segment", "All", "--count").lines == ["5"]
