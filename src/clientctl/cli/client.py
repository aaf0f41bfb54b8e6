"""Type commands about clients."""

import sys
from typing import Annotated

import typer

from clientctl.base import calendar
from clientctl.cli import work
from clientctl.cli.options import ChangeCommand, Command, ListCommand, Session, noun
from clientctl.domain import card, client_list, clients, find, history, labels
from clientctl.domain.book import Reader, Writer
from clientctl.domain.filters import ClientFilter
from clientctl.domain.lists import Query
from clientctl.errors import UsageError
from clientctl.output.streams import is_terminal

app = noun("Keep the people you serve, or may serve.")

One = Annotated[str, typer.Argument(metavar="CLIENT", help="An id, e-mail, phone or full name.")]
Several = Annotated[
    list[str],
    typer.Argument(metavar="CLIENT...", help="Ids, e-mails, phones or full names; - reads ids from stdin."),
]
First = Annotated[str | None, typer.Option("--first", metavar="NAME", help="First name.")]
Last = Annotated[str | None, typer.Option("--last", metavar="NAME", help="Last name.")]
Email = Annotated[str | None, typer.Option("--email", metavar="EMAIL", help="E-mail.")]
Phone = Annotated[
    str | None, typer.Option("--phone", metavar="PHONE", help="Phone, in national or international form.")
]
Company = Annotated[str | None, typer.Option("--company", metavar="NAME", help="Company.")]
Position = Annotated[str | None, typer.Option("--position", metavar="TEXT", help="Position in the company.")]
Birthday = Annotated[str | None, typer.Option("--birthday", metavar="DAY", help="Day of birth.")]
Language = Annotated[
    str | None, typer.Option("--language", metavar="CODE", help="Code of the language they speak, like fr.")
]
Since = Annotated[str | None, typer.Option("--since", metavar="DAY", help="Client since that day.")]

_UNSET = {
    "first": "first_name",
    "last": "last_name",
    "email": "email",
    "phone": "phone",
    "company": "company",
    "position": "position",
    "birthday": "birthday_on",
    "language": "language",
}
"""What ``--unset`` takes, and the column it empties."""


@app.command("add", cls=ChangeCommand)
def add(
    context: typer.Context,
    first: First = None,
    last: Last = None,
    email: Email = None,
    phone: Phone = None,
    company: Company = None,
    position: Position = None,
    birthday: Birthday = None,
    language: Language = None,
    since: Since = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", metavar="LABEL", help="Attach this label; repeat for several.")
    ] = None,
    new_label: Annotated[bool, typer.Option("--new-label", help="Make labels that do not exist yet.")] = False,
) -> None:
    """Add a client: a name, an e-mail or a phone is enough.

    On a terminal, without any of them, it asks.

    Examples:
      clientctl client add --first Zoé --last Dubois --email zoe@example.com
      clientctl client add --first Luca --phone '+39 06 5555 1234' --label VIP --new-label
    """
    session: Session = context.obj
    if not any((first, last, email, phone)) and is_terminal(sys.stdin) and is_terminal(sys.stderr):
        first, last, email, phone = (_ask(what) for what in ("First name", "Last name", "E-mail", "Phone"))

    def act(db: Writer) -> list[str]:
        values = _values(db, first, last, email, phone, company, position, birthday, language)
        kept, said = clients.normalised(db, values)
        client_id = clients.add(
            db, kept, source="hand", since=None if since is None else calendar.parse_day(since, db.today)
        )
        attached = [labels.find_or_add(db, name) if new_label else labels.find(db, name) for name in label or ()]
        labels.attach(db, [client_id], attached)
        client = clients.get(db, client_id)
        for other in clients.same_email(db, client.email, client_id) if client.email else ():
            said.append(f"{other.id} {other.name} has the same e-mail: the same person?")
        return [*said, f"Added client {client.id}: {client.name}"]

    work.change(session, "client add", act, card.client)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    text: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT...]", help="Search names, e-mails and phones.")
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", metavar="LABEL", help="With this label; repeat for any of several.")
    ] = None,
    not_label: Annotated[
        list[str] | None,
        typer.Option("--not-label", metavar="LABEL", help="Without this label; repeat for none of several."),
    ] = None,
    member: Annotated[
        bool | None,
        typer.Option("--member/--no-member", help="With a live or coming membership, or without."),
    ] = None,
    archived: Annotated[bool, typer.Option("--archived", help="The archived ones.")] = False,
) -> int:
    """List clients; the one last changed by hand comes last, next to the prompt.

    TEXT finds them by first name, last name or both, e-mail, phone, the closest first;
    case, accents, spaces and punctuation do not matter.

    Examples:
      clientctl client list
      clientctl client list mull
      clientctl client list --label VIP --not-label Famille --member
      clientctl client list --sort name --columns id,name,phone --out clients.csv
    """

    def build(db: Reader) -> Query:
        return client_list.query(client_filter(db, label, not_label, member, archived), " ".join(text or ()))

    return work.show_list(context.obj, build, "No clients match.")


@app.command("show", cls=Command)
def show(
    context: typer.Context,
    client: One,
    section: Annotated[
        list[str] | None,
        typer.Option("--section", metavar="SECTION", help="Only this part: memberships or history; repeat for both."),
    ] = None,
) -> None:
    """Show everything about a client. The beginnings of the words of the name are enough.

    Examples:
      clientctl client show ana@example.com
      clientctl client show 'ana mul' --section memberships
    """
    work.show_card(
        context.obj, lambda db: card.client(db, str(find.client_named(db, client, loosely=True).id)), section
    )


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    client: One,
    first: First = None,
    last: Last = None,
    email: Email = None,
    phone: Phone = None,
    company: Company = None,
    position: Position = None,
    birthday: Birthday = None,
    language: Language = None,
    since: Since = None,
    unset: Annotated[
        list[str] | None,
        typer.Option("--unset", metavar="FIELD", help=f"Empty a field: {', '.join(_UNSET)}."),
    ] = None,
) -> None:
    """Change a client's details.

    Examples:
      clientctl client edit ana@example.com --phone '+33 1 99 00 12 34'
      clientctl client edit 12 --unset company
    """
    session: Session = context.obj
    for name in unset or ():
        if name not in _UNSET:
            raise UsageError(f"--unset {name}: no such field; there are {', '.join(_UNSET)}")

    def act(db: Writer) -> list[str]:
        values = _values(db, first, last, email, phone, company, position, birthday, language)
        if since is not None:
            values["client_since_on"] = calendar.parse_day(since, db.today).isoformat()
        work.refuse_nothing([*values.values(), unset], "say what, like --phone or --unset company")
        found = find.client_named(db, client)
        kept, said = clients.normalised(db, values)
        changes = clients.edit(db, found, {**kept, **dict.fromkeys(_UNSET[name] for name in unset or ())})
        if not changes:
            return [*said, f"Client {found.id} ({found.name}) is so already"]
        shown = "; ".join(
            f"{column.removesuffix('_on').replace('_', ' ')} {now or 'empty'} (was {was or 'empty'})"
            for column, (was, now) in changes.items()
        )
        return [*said, f"Changed client {found.id} ({found.name}): {shown}"]

    work.change(session, "client edit", act, card.client)


@app.command("archive", cls=ChangeCommand)
def archive(context: typer.Context, client: Several) -> None:
    """Leave clients out of lists and exports; nothing is lost, and `client restore` brings them back.

    Examples:
      clientctl client archive 12
    """
    selectors = work.named(client)

    def act(db: Writer) -> list[str]:
        found = find.clients_named(db, selectors)
        return [
            f"Archived client {c.id} ({c.name})"
            if clients.archive(db, c)
            else f"Client {c.id} ({c.name}) is archived already"
            for c in found
        ]

    work.change(context.obj, "client archive", act, card.client)


@app.command("restore", cls=ChangeCommand)
def restore(context: typer.Context, client: Several) -> None:
    """Bring archived clients back.

    Examples:
      clientctl client restore 12
    """
    selectors = work.named(client)

    def act(db: Writer) -> list[str]:
        found = find.clients_named(db, selectors)
        return [
            f"Restored client {c.id} ({c.name})"
            if clients.restore(db, c)
            else f"Client {c.id} ({c.name}) is not archived"
            for c in found
        ]

    work.change(context.obj, "client restore", act, card.client)


@app.command("history", cls=ListCommand)
def history_(context: typer.Context, client: One) -> int:
    """List every change to a client: when, who, what it was, what it is.

    Examples:
      clientctl client history ana@example.com
      clientctl client history 12 --json
    """
    return work.show_list(
        context.obj,
        lambda db: history.of_client(db, find.client_named(db, client, loosely=True).id),
        "No changes yet.",
    )


def client_filter(
    db: Reader, label: list[str] | None, not_label: list[str] | None, member: bool | None, archived: bool
) -> ClientFilter:
    """Resolve what the filter options name."""
    wanted, unwanted = ([labels.find(db, name) for name in names or ()] for names in (label, not_label))
    return ClientFilter(wanted, unwanted, member, archived)


def _values(
    db: Reader,
    first: str | None,
    last: str | None,
    email: str | None,
    phone: str | None,
    company: str | None,
    position: str | None,
    birthday: str | None,
    language: str | None,
) -> dict[str, str | None]:
    """Put the options that were given by column. Raise UsageError for an empty one: a script lost its value."""
    given = {
        "first_name": first,
        "last_name": last,
        "email": email,
        "phone": phone,
        "company": company,
        "position": position,
        "birthday_on": birthday,
        "language": language,
    }
    for option, column in _UNSET.items():
        if (text := given[column]) is not None and not text.strip():
            raise UsageError(
                f"--{option} is empty: leave it out, or empty the field with `client edit --unset {option}`"
            )
    if birthday is not None:
        given["birthday_on"] = calendar.parse_day(birthday, db.today).isoformat()
    return {column: value for column, value in given.items() if value is not None}


def _ask(what: str) -> str | None:
    answer: str = typer.prompt(what, default="", show_default=False, err=True)
    return answer.strip() or None
