"""Clients in the place of a membership, package or payment; the verb decides which one is used."""

import pytest

from clientctl.cli.framework.app import SECTIONS, Group, Root
from clientctl.cli.framework.click import Context, TyperArgument


@pytest.fixture
def before():
    """Return Ana (2) two packages, and Łukasz (3) a paused membership M-6, a package, payments of two days."""
    return (
        ("plan", "add", "Ten", "--kind", "package"),
        ("rate", "add", "Ten", "Open", "--price", "100", "--sessions", "10", "--for", "6m"),
        ("membership", "add", "--client", "3", "--plan", "Yoga/Yearly", "--start", "2026-02-01", "--settled"),
        ("membership", "suspend", "M-6"),
        ("package", "sell", "--client", "2", "--plan", "Ten", "--start", "2026-02-15"),
        ("package", "sell", "--client", "2", "--plan", "Ten", "--start", "2026-02-01"),
        ("package", "sell", "--client", "3", "--plan", "Ten"),
        ("charge", "add", "--client", "3", "--amount", "20", "--for", "key"),
        ("payment", "record", "C-4", "--type", "cash", "--on", "yesterday"),
        ("payment", "record", "K-3", "--type", "card"),
    )


@pytest.mark.parametrize("named", ["zo", "Zoé Müller", "muller zoé", "zoe@example.com", "id:1", "name:zoé müller"])
@pytest.mark.parametrize("way", [[], ["--client"]])
def test_a_client_stands_for_the_one_membership_a_verb_can_be_about(do, way, named) -> None:
    done = do("membership", "extend", *way, named, "--by", "1m")
    assert (done.status, done.err) == (
        0,
        "Zoé Müller (1): M-1\nExtended M-1 (Zoé Müller): ends 2026-04-05 (was 2026-03-05)\n",
    )


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        (["membership", "suspend", "ana", "--resume", "+2w"], "M-2"),
        (["membership", "cancel", "ana", "--now"], "M-2"),
        (["membership", "edit", "ana", "--until", "2026-12-31"], "M-2"),
        (["membership", "resume", "łuk"], "M-6"),
        (["membership", "renew", "zo"], "M-1"),
        (["membership", "renew", "nameless@example.net"], "M-5"),
        (["membership", "extend", "+33 1 99 00 12 34", "--until", "2028-01-31"], "M-2"),
        (["package", "adjust", "łuk", "+1", "--reason", "x"], "K-3"),
        (["package", "edit", "łuk", "--expires", "2026-12-31"], "K-3"),
        (["payment", "dispute", "łuk"], "P-2"),
        (["payment", "void", "łuk", "--yes"], "P-2"),
        (["payment", "refund", "łuk", "--amount", "2", "--yes"], "P-2"),
        (["payment", "fail", "łuk"], "P-2"),
    ],
)
def test_which_one_is_meant_depends_on_the_verb(do, typed, number) -> None:
    done = do(*typed)
    assert (done.status, done.err.splitlines()[0].partition(": ")[2]) == (0, number), done


def test_what_a_verb_refuses_names_the_membership_it_met(do) -> None:
    done = do("membership", "change", "ana", "--rate", "Monthly")
    assert (done.status, done.error.message.startswith("M-2 is not billed again")) == (5, True)


def test_what_is_shown_is_what_is_live_or_upcoming(do) -> None:
    assert do("membership", "show", "ana", "--json").json["number"] == "M-2"
    assert do("membership", "show", "nameless@example.net", "--json").json["number"] == "M-5"  # the only one
    assert do("membership", "timeline", "zo").status == 0
    assert do("package", "show", "łuk", "--json").json["number"] == "K-3"
    assert do("payment", "show", "łuk", "--json").json["number"] == "P-2"
    assert do("charge", "list", "--membership", "zo").status == 0


def test_bare_digits_are_the_numbers_of_the_noun(do) -> None:
    assert do("membership", "show", "2", "--json").json["number"] == "M-2"
    assert do("membership", "show", "0199001234").status == 3
    assert do("membership", "show", "").status == 2


def test_what_expires_first_is_used_first(do) -> None:
    used = do("package", "use", "ana", "--sessions", "11")
    assert [line.split(" (")[0] for line in used.err.splitlines()] == [
        "Used 10 sessions of K-2",
        "Used 1 session of K-1",
    ]


def test_several_are_shown_with_their_numbers(do) -> None:
    done = do("membership", "cancel", "łuk", "--now")
    assert (done.status, done.error.message) == (
        4,
        "Łukasz Müller (3) has 2 live or upcoming memberships: say which, like M-4",
    )
    assert done.error.details == (
        "M-4  Pilates/Weekly  upcoming  2026-04-01..",
        "M-6  Yoga/Yearly  paused  2026-02-01..2027-01-31",
    )
    lines = do("membership", "renew", "ana")
    assert (lines.status, [line[:3] for line in lines.error.details]) == (4, ["M-2", "M-3"])
    packages = do("package", "adjust", "ana", "+1", "--reason", "x")
    assert (packages.status, [line[:3] for line in packages.error.details]) == (4, ["K-1", "K-2"])
    do("payment", "record", "--client", "3", "--type", "cash", "--amount", "5", "--overpay", "credit")
    payments = do("payment", "void", "łuk", "--yes")
    assert (payments.status, [line[:3] for line in payments.error.details]) == (4, ["P-2", "P-3"])


@pytest.mark.parametrize(
    ("typed", "says", "there"),
    [
        (
            ["membership", "resume", "ana"],
            "Ana Dubois (2) has no paused membership: `clientctl membership list --client id:2` lists them",
            [
                "M-3  Pilates/Weekly  expired  2024-01-31..2025-01-30",
                "M-2  Yoga/Yearly  active  2026-01-15..2027-01-14",
            ],
        ),
        (
            ["membership", "extend", "nameless@example.net", "--by", "1m"],
            "nameless@example.net (4) has no live or upcoming membership:",
            ["M-5  Yoga/Monthly  cancelled  2026-02-10..2026-02-28"],
        ),
        (
            ["membership", "show", "old"],
            "Old Friend (5) has no membership: `clientctl membership add --client id:5 --plan PLAN` adds one",
            [],
        ),
        (["package", "show", "zo"], "Zoé Müller (1) has no package: `clientctl package sell --client id:1 --plan", []),
        (["payment", "void", "zo", "--yes"], "Zoé Müller (1) has no payment that could be corrected:", []),
        (["package", "show", "nobody"], "no client matches 'nobody'", []),
    ],
)
def test_none_is_said_with_what_there_is_and_a_way_out(do, typed, says, there) -> None:
    done = do(*typed)
    assert (done.status, done.out) == (3, "")
    assert done.error.message.startswith(says)
    assert list(done.error.details) == there


def test_what_is_due_of_a_client_is_what_was_tried_or_is_paid(do) -> None:
    tried = do("payment", "fail", "ana", "--type", "card")
    assert tried.err == "Recorded P-3 (Ana Dubois (2)): 100.00 EUR by Card for C-1, which failed\n"
    paid = do("payment", "record", "ana", "--type", "cash")
    assert paid.err.splitlines()[0] == "Recorded P-4 (Ana Dubois (2)): 200.00 EUR by Cash for C-1, C-2"
    assert do("payment", "record", "M-1", "ana", "--type", "cash").status == 2  # of two clients
    assert do("payment", "fail", "ana").err.startswith("Ana Dubois (2): P-4\nRecorded P-5: 200.00 EUR of P-4")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (["client", "show", "--client", "zo", "--json"], "zoe@example.com"),
        (["note", "add", "--client=ana", "tired"], "Added note 1 (Ana Dubois (2))"),
        (["address", "add", "--name", "Home", "--client", "ana", "--city", "X"], "(Ana Dubois (2), Home)"),
        (["label", "attach", "--client", "zo", "--label", "Family", "--client", "ana"], "Family to Ana Dubois (2)"),
        (["credit", "issue", "--client", "ana", "--amount", "3"], "(Ana Dubois (2))"),
        (["mandate", "request", "--client", "zo"], "M-1 is collected by hand"),
        (["note", "list", "--client", "ana"], ""),
    ],
)
def test_an_option_does_wherever_a_client_stands(do, typed, says) -> None:
    done = do(*typed)
    assert says in done.out + done.err + (done.error.message if done.error else "")
    assert done.status == (5 if "mandate" in typed else 0)


@pytest.mark.parametrize("typed", [["client", "show", "zo", "--client", "ana"], ["client", "show", "--client"]])
def test_one_client_is_named_once(do, typed) -> None:
    assert do(*typed).status == 2


def test_after_two_hyphens_nothing_is_an_option(do) -> None:
    assert do("note", "add", "zo", "--", "--client").status == 0
    assert do("note", "list", "zo", "--columns", "text").out == "--client\n"


def test_numbers_are_read_from_standard_input(do) -> None:
    done = do("payment", "record", "-", "--type", "cash", stdin="K-2\nC-1\n\n")
    assert done.err.splitlines()[0] == "Recorded P-3 (Ana Dubois (2)): 200.00 EUR by Cash for C-1, C-2"
    assert do("client", "archive", "-", stdin="1\n2\n").err == "Archived Zoé Müller (1)\nArchived Ana Dubois (2)\n"


def arguments() -> dict[str, tuple[Context, str]]:
    """Return the context of every verb that has an argument, and what its first one is called."""
    root = Root()
    nouns = {noun: root.build(noun) for section in SECTIONS.values() for noun in section}
    groups = {name: noun for name, noun in nouns.items() if isinstance(noun, Group)}
    verbs = {f"{name} {verb}": group.build(verb) for name, group in groups.items() for verb in group.helps}
    firsts = {
        name: next((each for each in verb.params if isinstance(each, TyperArgument)), None)
        for name, verb in verbs.items()
    }
    return {name: (Context(verbs[name]), first.metavar or "") for name, first in firsts.items() if first}


def test_whoever_stands_first_can_be_named_with_an_option() -> None:
    stands = ("CLIENT", "MEMBERSHIP", "PACKAGE", "PAYMENT", "SELECTOR")
    taking = {name: context for name, (context, called) in arguments().items() if called.strip("[].") in stands}
    assert len(taking) > 40
    for name, context in taking.items():
        assert "--client" in {option for each in context.command.get_params(context) for option in each.opts}, name
