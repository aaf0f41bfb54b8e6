"""Random commands: every command that changes something, with arguments that mostly make sense.

A new command is one line of LINES: what stands after the verb, as words and as strategies of them.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy


class Some(NamedTuple):
    """An existing row of a table, and how it is typed: ``{}`` stands for the value of a column.

    Only those that have something in the column ``having``, if there are such.
    """

    table: str
    number: int
    column: str
    form: str
    having: str


class New(NamedTuple):
    """A unique new text: ``{}`` stands for it, in digits for a phone number."""

    form: str


class File(NamedTuple):
    """A file to read: its extension determines the content, ``{}`` in its name the rest."""

    name: str


Word: TypeAlias = str | Some | New | File
Drawn: TypeAlias = Word | Sequence["Drawn"] | None
Part: TypeAlias = Word | SearchStrategy[Drawn]

WORD = "Zq{:06}Xw"
"""A text that is nowhere else; its digits make no phone number."""

PHONE = "+33612{:06}"
SAME = "the same"
"""What is in a file that several may have."""

# -- words ----------------------------------------------------------------------------------------


def some(table: str, column: str = "id", form: str = "{}", having: str = "id") -> SearchStrategy[Drawn]:
    fixed = {"table": table, "column": column, "form": form, "having": having}
    return st.builds(Some, number=st.integers(0, 1_000), **{key: st.just(value) for key, value in fixed.items()})


def new(form: str = "{}") -> SearchStrategy[Drawn]:
    return st.just(New(form))


def maybe(*parts: Part) -> SearchStrategy[Drawn]:
    """Draw these words or none."""
    return st.none() | _all(parts)


def one(*options: Part | tuple[Part, ...]) -> SearchStrategy[Drawn]:
    """Draw one of several words or groups of words."""
    return st.one_of([_all(each if isinstance(each, tuple) else (each,)) for each in options])


def several(what: SearchStrategy[Drawn], least: int = 1, most: int = 2) -> SearchStrategy[Drawn]:
    return st.lists(what, min_size=least, max_size=most)


def option(name: str, value: Part, least: int = 0) -> SearchStrategy[Drawn]:
    """Repeat an option."""
    return several(_all((name, value)), least)


def drawn(parts: Sequence[Part]) -> SearchStrategy[Drawn]:
    """Draw the arguments of a verb."""
    return _all(parts)


def _all(parts: Sequence[Part]) -> SearchStrategy[Drawn]:
    return st.tuples(*(part if isinstance(part, SearchStrategy) else st.just(part) for part in parts))


AWKWARD = one(
    new(), new(), new("É{}"), new("{}ß"), new("O'Brien-{}"), new("李{}"), new("Иван {}"), new('%_"*{}'),
    new("\N{COMBINING ACUTE ACCENT}{}"), new("a" * 300 + "{}"), new("[bold]{}"),
)  # fmt: skip
NAME = st.sampled_from(["yoga", "Yóga!", "pilates", "naïve", "Ana Müller"])
DAY = st.sampled_from(["today", "yesterday", "2024-02-29", "2026-01-31", "2026-02-15", "+10d"])
INTERVAL = st.sampled_from(["1m", "2w", "1y", "10d"])
PRICE = st.sampled_from(["49.90", "0", "15 CHF", "9999999.99", "4990 JPY"])
KIND = one(*(("--type", kind) for kind in ("general", "meeting", "call")))
EMAIL, TELEPHONE = new("{}@example.com"), new(PHONE)

CLIENT, LABEL, MEMBERSHIP = some("clients"), some("labels", "name"), some("memberships", form="M-{}")
STAFF, SITE, PLAN, PREFERENCE = (some(table, "name") for table in ("staff", "sites", "plans", "preferences"))
SERVICE, LENGTH = some("services", "name"), st.sampled_from(["45min", "1h30", "2d"])
SEGMENT, NOTE, TASK, ADDRESS = some("segments", "name"), some("notes"), some("tasks"), some("addresses")
DOCUMENT, FIELD = some("documents"), some("fields", "key")
CHARGE, PAYMENT, CREDIT = some("charges", form="C-{}"), some("payments", form="P-{}"), some("credits")
TYPE, METHOD, PACKAGE = some("payment_types", "name"), some("payment_methods"), some("packages", form="K-{}")
RATE = one("Yoga/Monthly", "Yoga/Yearly", "Pilates/Once", "Debit/Monthly")
LATER = st.sampled_from(["today", "+3d", "+10d", "+1m", "+3m"])
DOCUMENTS = st.sampled_from([File(f"{SAME}.txt"), File("{}.txt"), File("É {}.pdf")])

OWN = {
    "motto": ("text", AWKWARD),
    "story": ("long-text", new("{}\nand so on")),
    "spare": ("email", EMAIL),
    "mobile": ("phone", TELEPHONE),
    "level": ("choice", st.sampled_from(["Low", "High"])),
    "likes": ("choices", st.sampled_from(["Low", "High"])),
    "born": ("date", DAY),
    "fee": ("money", PRICE),
    "size": ("number", st.sampled_from(["12", "3.50", "-0"])),
    "sent": ("yes-no", st.sampled_from(["yes", "no"])),
    "web": ("url", new("https://example.com/{}")),
}
"""Fields of the owner's, by key: the type, what is typed into one."""

OWN_VALUE = one(*(("--field", value.map(lambda typed, key=key: (f"{key}=", typed))) for key, (_, value) in OWN.items()))
DETAIL = one(
    ("--first", AWKWARD), ("--last", AWKWARD), ("--email", EMAIL), ("--phone", TELEPHONE), ("--company", new()),
    ("--position", new()), ("--company-address", new("12 rue {}")), ("--login-email", EMAIL), ("--birthday", DAY),
    ("--language", st.sampled_from(["fr", "de"])), ("--site", SITE), ("--since", DAY), OWN_VALUE, OWN_VALUE, OWN_VALUE,
)  # fmt: skip
BUILT_IN = st.sampled_from(["last_name", "email", "company", "birthday", "site", "language"])
TEXTS_OF_ADDRESS = several(
    one(("--street", new()), ("--city", new()), ("--postal-code", "01234"), ("--region", new()), ("--country", "FR")), 0
)
FILTER = one(
    ("--label", LABEL), "--member", ("--site", SITE), ("--opted-in", PREFERENCE), ("--on-plan", PLAN),
    ("--segment", SEGMENT), ("--where", "company contains a"), ("--where", "level is High"), "--archived",
)  # fmt: skip
CHOICES = ("--choice", "Low", "--choice", "High")


def _field(key: str) -> tuple[Part, ...]:
    return key, "--key", key, "--type", OWN[key][0], *(CHOICES if OWN[key][0].startswith("choice") else ())


# -- lines ----------------------------------------------------------------------------------------

LINES: dict[str, tuple[Part, ...]] = {
    "client add": (
        one(("--first", AWKWARD), ("--email", EMAIL), ("--phone", TELEPHONE)),
        several(DETAIL, 0, 4),
        option("--label", NAME), maybe("--new-label"),
    ),
    "client edit": (
        CLIENT, several(DETAIL, 0, 3),
        option("--unset", one(BUILT_IN, "first_name", "phone", st.sampled_from(list(OWN)))),
    ),
    "client archive": (several(CLIENT),),
    "client restore": (several(some("clients", having="archived_on")),),
    "client duplicates": (one("--not-duplicate", "--not-duplicate", "--maybe-duplicate"), CLIENT, CLIENT),
    "client merge": (
        several(CLIENT, 2, 3),
        option("--prefer", one(*(some("clients", form=f"{key}={{}}") for key in ("email", "photo", "spare")))),
    ),
    "client delete": (CLIENT,),
    "client photo": (CLIENT, one(File("{}.png"), File("{}.png"), "--remove")),
    "label add": (several(NAME),),
    "label rename": (LABEL, NAME),
    "label remove": (LABEL,),
    "label attach": (several(CLIENT), "--label", one(LABEL, NAME), maybe("--new-label")),
    "label detach": (several(CLIENT), "--label", LABEL),
    "label set": (several(CLIENT), option("--label", LABEL)),
    "field add": (one(*(_field(key) for key in OWN)), maybe("--required"), maybe("--collect", "intake")),
    "field edit": (
        one(FIELD, FIELD, BUILT_IN),
        one(
            ("--name", new()), ("--name", NAME), "--optional", "--required", ("--collect", "booking"),
            "--collect-nowhere", ("--before", one(FIELD, BUILT_IN)), ("--choice", "Middle"), ("--remove-choice", "Low"),
        ),
    ),
    "field archive": (FIELD,),
    "field restore": (some("fields", "key", having="archived_on"),),
    "field remove": (FIELD,),
    "segment save": (NAME, FILTER, maybe("--replace")),
    "segment remove": (SEGMENT,),
    "note add": (CLIENT, AWKWARD, KIND, maybe("--label", LABEL), maybe("--by", STAFF)),
    "note edit": (NOTE, maybe(new()), maybe(KIND), maybe("--label", LABEL), maybe("--unset", "label")),
    "note remove": (several(NOTE),),
    "task add": (CLIENT, AWKWARD, maybe("--due", DAY), maybe("--assignee", STAFF)),
    "task edit": (TASK, one(new(), ("--due", DAY), ("--assignee", STAFF), ("--unset", "due"))),
    "task done": (several(TASK),),
    "task reopen": (some("tasks", having="done_on"),),
    "task remove": (several(TASK),),
    "address add": (CLIENT, "--name", new(), TEXTS_OF_ADDRESS),
    "address edit": (ADDRESS, one(("--name", new()), ("--city", new()), ("--unset", "street")), TEXTS_OF_ADDRESS),
    "address remove": (several(ADDRESS),),
    "preference add": (several(NAME),),
    "preference edit": (PREFERENCE, "--name", NAME),
    "preference remove": (PREFERENCE,),
    "preference opt-in": (
        several(CLIENT), "--preference", PREFERENCE, maybe("--on", DAY), maybe("--how", new("form {}"))
    ),
    "preference opt-out": (several(CLIENT), "--preference", PREFERENCE, maybe("--how", new())),
    "document attach": (CLIENT, DOCUMENTS, maybe("--name", new("{}.pdf")), maybe("--by-client")),
    "document remove": (several(DOCUMENT),),
    "plan add": (
        NAME,
        one((), ("--kind", "package"), ("--pause", "keep", "--notice", INTERVAL), ("--collection", "direct-debit")),
    ),
    "plan edit": (
        PLAN, one(("--name", NAME), ("--grace", INTERVAL), ("--minimum-term", INTERVAL), ("--pause", "keep"))
    ),
    "plan archive": (PLAN,),
    "plan restore": (some("plans", "name", having="archived_on"),),
    "service add": (NAME, "--length", LENGTH, maybe("--price", PRICE), maybe("--after", "15min")),
    "service edit": (
        SERVICE, one(("--name", NAME), ("--length", LENGTH), ("--price", PRICE), ("--unset", one("price", "after")))
    ),
    "service archive": (SERVICE,),
    "service restore": (some("services", "name", having="archived_on"),),
    "rate add": (
        PLAN, one("Monthly", "Yearly", "Once"), "--price", PRICE,
        maybe("--every", one(INTERVAL, "once")), maybe("--for", INTERVAL),
        one((), (), ("--setup", "5"), ("--trial", "7d"), ("--bill-day", "1")),
    ),
    "rate edit": (
        RATE, one(("--name", one("Monthly", "Once")), ("--price", PRICE), ("--every", INTERVAL), ("--for", INTERVAL))
    ),
    "rate archive": (RATE,),
    "rate restore": (RATE,),
    "membership add": (
        one(("--client", CLIENT), ("--new-client", AWKWARD, "--email", EMAIL)), "--plan", RATE, maybe("--start", DAY),
        one((), ("--for", INTERVAL), ("--until", DAY)), one((), "--settled", ("--paid", TYPE)),
    ),
    "membership renew": (MEMBERSHIP, maybe("--for", INTERVAL), maybe("--paid", TYPE)),
    "membership edit": (
        MEMBERSHIP,
        one(
            ("--start", DAY), ("--until", "2027-06-30"), ("--unset", "end"), ("--unset", "cancelled"), ("--plan", RATE),
            ("--member-since", "2024-01-01"), ("--collection", "card"),
        ),
    ),
    "membership suspend": (
        MEMBERSHIP, maybe("--from", LATER), maybe("--resume", LATER), maybe("--reason", new("knee {}"))
    ),
    "membership resume": (MEMBERSHIP, maybe("--on", LATER)),
    "membership change": (MEMBERSHIP, "--plan", RATE, maybe("--now")),
    "membership extend": (MEMBERSHIP, one(("--by", INTERVAL), ("--until", "2028-01-01")), maybe("--charge")),
    "membership cancel": (MEMBERSHIP, one("--now", "--now", "--at-period-end"), maybe("--reason", new("to {}"))),
    "billing run": (maybe("--through", LATER),),
    "mandate request": (MEMBERSHIP,),
    "mandate activate": (MEMBERSHIP, maybe("--reference", new())),
    "mandate revoke": (MEMBERSHIP,),
    "payment-method add": (
        CLIENT, one("cash", "card", "direct-debit"), maybe("--label", new()), maybe("--last-four", "1234")
    ),
    "payment-method edit": (METHOD, one(("--label", new()), ("--last-four", "4321"))),
    "payment-method remove": (METHOD,),
    "package sell": ("--client", CLIENT, "--plan", "Ten", maybe("--paid", TYPE)),
    "package use": (one(PACKAGE, ("--client", CLIENT)), maybe("--sessions", "2"), maybe("--reason", new())),
    "package adjust": (PACKAGE, one("+2", "-1"), "--reason", new()),
    "package edit": (PACKAGE, one(("--expires", LATER), ("--unset", "expires"))),
    "charge add": ("--client", CLIENT, "--amount", PRICE, "--for", AWKWARD, maybe("--due", DAY)),
    "charge waive": (CHARGE, "--reason", new(), maybe("--amount", "5")),
    "payment record": (
        one(CHARGE, MEMBERSHIP, ("--client", CLIENT)), "--type", TYPE, maybe("--amount", PRICE),
        maybe("--overpay", "credit"), maybe("--reference", new()),
    ),
    "payment fail": (one(PAYMENT, (one(CHARGE, MEMBERSHIP), "--type", TYPE)), maybe("--reason", new())),
    "payment dispute": (PAYMENT, maybe("--reason", new())),
    "payment void": (PAYMENT, maybe("--reason", new())),
    "payment refund": (PAYMENT, maybe("--amount", "5"), maybe("--reason", new())),
    "payment-type add": (NAME,),
    "payment-type edit": (TYPE, "--name", NAME),
    "payment-type remove": (TYPE,),
    "credit issue": (
        CLIENT, one(("--amount", PRICE), ("--sessions", "3")), maybe("--reason", new()), maybe("--refundable"),
        maybe("--expires", INTERVAL), maybe("--every", INTERVAL),
    ),
    "credit use": (CLIENT, one(("--charge", CHARGE, maybe("--back")), ("--sessions", "1", "--reason", new()))),
    "credit revoke": (CREDIT, maybe("--refund", "--type", TYPE)),
    "staff add": (NAME,),
    "staff edit": (STAFF, "--name", NAME),
    "staff archive": (STAFF,),
    "staff restore": (some("staff", "name", having="archived_on"),),
    "site add": (NAME,),
    "site edit": (SITE, "--name", NAME),
    "site archive": (SITE,),
    "site restore": (some("sites", "name", having="archived_on"),),
    "import csv": (File("{}.csv"), maybe("--on-match", one("update", "skip")), maybe("--save-mapping", NAME)),
    "import vcard": (File("{}.vcf"), maybe("--on-match", one("update", "skip"))),
    "import revert": (some("imports", "made_by", "#{}"),),
    "import remove-mapping": (some("mappings", "name"),),
    "config set": (
        one(
            ("currency", "CHF"), ("within", "14"), ("within", "--default"), ("user", STAFF), ("user", "--default"),
            ("site", SITE), ("site", "--default"), ("region", "DE"), ("timezone", "Asia/Tokyo"), ("day_first", "yes"),
        ),
    ),
}  # fmt: skip
"""What is typed after each verb that changes something."""

NOT_HERE = {
    "undo": "typed by rules of its own, which know what it must bring back",
    "redo": "likewise",
    "import xlsx": "reads the rows that `import csv` reads from another kind of file",
    "db init": "makes the file that all the others work on",
    "import json": "goes into an empty file only",
    "db restore": "puts another file in the place of this one, with another past",
    "db verify": "changes what is damaged only, and here nothing is",
    "db compact": "the whole file is written anew, no row is changed",
}
"""Changing commands that are not typed at random like the others, and why."""

START = (
    ("plan", "add", "Yoga"),
    ("plan", "add", "Pilates"),
    ("rate", "add", "Yoga", "Monthly", "--price", "49.90", "--for", "1y"),
    ("rate", "add", "Pilates", "Once", "--price", "15 CHF", "--every", "once"),
    ("label", "add", "Regulars", "naïve"),
    ("site", "add", "Paris"),
    ("staff", "add", "Noor"),
    ("preference", "add", "News"),
    *(("field", "add", *_field(key)) for key in ("motto", "spare", "mobile", "likes", "level")),
    ("client", "add", "--first", "Nobody"),
    ("client", "add", "--first", "Zq900001Xw", "--field", "motto=Zq900002Xw", "--site", "Paris"),
    ("client", "add", "--last", "Zq900003Xw", "--email", "Zq900004Xw@example.com", "--label", "Regulars"),
    ("client", "add", "--last", "Zq900005Xw", "--field", "likes=Low", "--phone", PHONE.format(900001)),
    ("client", "add", "--email", "Zq900006Xw@example.com", "--phone", PHONE.format(900002)),
    ("membership", "add", "--client", "2", "--plan", "Yoga/Monthly"),
    ("note", "add", "3", "Zq900007Xw", "--label", "Regulars"),
    ("task", "add", "3", "Zq900008Xw"),
    ("address", "add", "4", "--name", "Zq900009Xw", "--city", "Zq900010Xw"),
    ("preference", "opt-in", "4", "--preference", "News", "--how", "Zq900011Xw"),
    ("segment", "save", "Members", "--member"),
    ("document", "attach", "3", "first.txt", "--name", "Zq900012Xw"),
    ("client", "photo", "3", "first.png"),
    ("client", "add", "--first", "Zq900013Xw"),
    ("client", "archive", "6"),
    ("charge", "add", "--client", "3", "--amount", "20", "--for", "Zq900015Xw"),
    ("charge", "add", "--client", "4", "--amount", "30", "--for", "Zq900016Xw"),
    ("payment", "record", "--client", "3", "--type", "cash", "--reference", "Zq900017Xw"),
    ("credit", "issue", "4", "--amount", "12", "--refundable", "--reason", "Zq900018Xw"),
    ("credit", "issue", "4", "--sessions", "20"),
    ("plan", "add", "Ten", "--kind", "package"),
    ("rate", "add", "Ten", "Ten", "--price", "100", "--sessions", "10", "--for", "6m"),
    ("package", "sell", "--client", "5", "--plan", "Ten"),
    ("plan", "add", "Debit", "--collection", "direct-debit"),
    ("rate", "add", "Debit", "Monthly", "--price", "40"),
    ("membership", "add", "--client", "5", "--plan", "Debit", "--for", "1y"),
    ("mandate", "request", "M-2"),
    ("payment-method", "add", "3", "card", "--label", "Zq900019Xw"),
    ("membership", "suspend", "M-1", "--from", "+10d", "--reason", "Zq900020Xw"),
    ("import", "csv", "first.csv", "--map", "Dog=ignore", "--save-mapping", "Monthly"),
    ("task", "add", "4", "Zq900014Xw"),
    ("task", "done", "2"),
    ("staff", "add", "yoga"),
    ("staff", "archive", "yoga"),
    ("site", "add", "yoga"),
    ("site", "archive", "yoga"),
    ("plan", "add", "naïve"),
    ("plan", "archive", "naïve"),
    ("service", "add", "Massage", "--length", "1h", "--price", "60"),
    ("service", "add", "Talk", "--length", "20min"),
    ("service", "archive", "Talk"),
    ("rate", "add", "Yoga", "Yearly", "--price", "499", "--every", "1y"),
    ("rate", "archive", "Yoga/Yearly"),
    ("field", "archive", "mobile"),
    ("client", "delete", "1", "--yes"),
)  # fmt: skip
"""A small practice to begin with; nothing of it can be taken back, as its last command is final."""
