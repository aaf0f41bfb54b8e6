"""The `client add` and `client edit` commands."""

from typing import Annotated

import typer

from clientctl.base import person_names, phones
from clientctl.base import text as texts
from clientctl.base.text import quoted, word
from clientctl.base.words import say
from clientctl.cli.framework import editor, runner
from clientctl.cli.framework.arguments import ClientArgument
from clientctl.cli.framework.commands import ChangeCommand, Verbs
from clientctl.cli.framework.doubts import Doubt, Doubts, change_if_confirmed
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.client_file import card
from clientctl.domain.clients import labels, merged_ids, profile
from clientctl.domain.clients import record as clients
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.practice import typed_days
from clientctl.errors import RefusedError, UsageError
from clientctl.store import Writer

app = Verbs()

First = Annotated[str | None, typer.Option("--first", metavar="NAME", help="First name.")]
Last = Annotated[str | None, typer.Option("--last", metavar="NAME", help="Last name.")]
Email = Annotated[str | None, typer.Option("--email", metavar="EMAIL", help="E-mail.")]
Phone = Annotated[
    str | None, typer.Option("--phone", metavar="PHONE", help="Phone, in national or international form.")
]
Company = Annotated[str | None, typer.Option("--company", metavar="NAME", help="Company.")]
Position = Annotated[str | None, typer.Option("--position", metavar="TEXT", help="Position in the company.")]
CompanyAddress = Annotated[str | None, typer.Option("--company-address", metavar="TEXT", help="The company's address.")]
Birthday = Annotated[str | None, typer.Option("--birthday", metavar="DAY", help="Day of birth.")]
Language = Annotated[
    str | None, typer.Option("--language", metavar="CODE", help="Code of the language they speak, like fr.")
]
LoginEmail = Annotated[str | None, typer.Option("--login-email", metavar="EMAIL", help="The e-mail they log in with.")]
Site = Annotated[str | None, typer.Option("--site", metavar="SITE", help="Their home site.")]
FieldValue = Annotated[
    list[str] | None,
    typer.Option("--field", metavar="KEY=VALUE", help="Any field, by its key; repeat for several."),
]
Since = Annotated[str | None, typer.Option("--since", metavar="DAY", help="Client since this day.")]

_SHORT = {"first": "first_name", "last": "last_name"}
"""Fields that have a shorter name as options."""


@app.command("add", cls=ChangeCommand)
def add(
    context: typer.Context,
    first: First = None,
    last: Last = None,
    email: Email = None,
    phone: Phone = None,
    company: Company = None,
    position: Position = None,
    company_address: CompanyAddress = None,
    birthday: Birthday = None,
    language: Language = None,
    login_email: LoginEmail = None,
    site: Site = None,
    field: FieldValue = None,
    since: Since = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", metavar="LABEL", help="Attach this label; repeat for several.")
    ] = None,
    new_label: Annotated[bool, typer.Option("--new-label", help="Create labels that do not exist yet.")] = False,
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="The full name, like 'Jean Dupont', 'DUPONT Jean' or 'Dupont, Jean'."),
    ] = None,
) -> None:
    """Add a client: a name, an e-mail or a phone is enough, unless you require more.

    On a terminal it asks for what is missing, and before it adds somebody with the name of a client.

    Examples:
      clientctl client add 'Jean Dupont'
      clientctl client add --first Zoé --last Dubois --email zoe@example.com
      clientctl client add --first Luca --phone '+39 06 5555 1234' --label VIP --new-label
    """
    if name is not None:
        first, last = _split_name(name, first, last)
    session: Session = context.obj
    options = {
        "first": first,
        "last": last,
        "email": email,
        "phone": phone,
        "company": company,
        "position": position,
        "company_address": company_address,
        "birthday": birthday,
        "language": language,
        "login_email": login_email,
        "site": site,
    }

    def act(db: Writer, doubts: Doubts) -> list[str]:
        from clientctl.domain.clients import duplicates

        parsed = profile.parse(db, _collect_values(options, field))
        day = typed_days.parse(db, since)
        client_id = clients.add(db, parsed.columns, source="hand", since=day)
        profile.store(db, client_id, parsed)
        profile.check_complete(db, client_id)
        attached = [labels.find_or_add(db, name) if new_label else labels.find(db, name) for name in label or ()]
        labels.attach(db, [client_id], attached)
        client = clients.get(db, client_id)
        warned = duplicates.warnings(db, client_id)
        if namesake := duplicates.namesake(db, client_id):
            doubts.append(Doubt(namesake, say("Add somebody else with that name?")))
        return [*parsed.warnings, *warned, say("Added client {id}: {name}", id=client.id, name=client.name)]

    change_if_confirmed(session, "client add", act, card.client)


def _split_name(name: str, first: str | None, last: str | None) -> tuple[str | None, str | None]:
    """Split a full name as an import does. Raise UsageError for anything else, and beside --first and --last."""
    for option, value in (("--first", first), ("--last", last)):
        if value is not None:
            raise UsageError(
                say(
                    "{name} and {option} don't go together: give the full name, or --first and --last",
                    name=quoted(name),
                    option=option,
                )
            )
    if "@" in name:
        raise UsageError(
            say("{name} is an e-mail, not a name: use --email {typed_name}", name=quoted(name), typed_name=word(name))
        )
    if phones.looks_like_phone(name):
        raise UsageError(
            say("{name} is a phone, not a name: use --phone {typed_name}", name=quoted(name), typed_name=word(name))
        )
    first, last = person_names.parse_name(texts.clean_line(name))
    if not texts.fold(f"{first} {last}"):
        raise UsageError(say("{name} is not a name: give one, or --email or --phone", name=quoted(name)))
    return first or None, last or None


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    client: ClientArgument,
    first: First = None,
    last: Last = None,
    email: Email = None,
    phone: Phone = None,
    company: Company = None,
    position: Position = None,
    company_address: CompanyAddress = None,
    birthday: Birthday = None,
    language: Language = None,
    login_email: LoginEmail = None,
    site: Site = None,
    field: FieldValue = None,
    since: Since = None,
    unset: Annotated[
        list[str] | None,
        typer.Option("--unset", metavar="FIELD", help="Empty a field, by its key; repeat for several."),
    ] = None,
    in_editor: Annotated[bool, typer.Option("--editor", help="Edit all fields in $EDITOR.")] = False,
    resume: editor.Resume = False,
    discard: editor.Discard = False,
) -> None:
    """Change a client's details. A field of several choices is set as a whole.

    Examples:
      clientctl client edit ana@example.com --phone '+33 1 99 00 12 34'
      clientctl client edit 12 --unset company
    """
    session: Session = context.obj
    options = {
        "first": first,
        "last": last,
        "email": email,
        "phone": phone,
        "company": company,
        "position": position,
        "company_address": company_address,
        "birthday": birthday,
        "language": language,
        "login_email": login_email,
        "site": site,
    }
    typed, emptied = _collect_values(options, field, client), [_SHORT.get(name, name) for name in unset or ()]
    if option := runner.check_only_one({"--editor": in_editor, "--resume": resume, "--discard": discard}):
        if typed or emptied or since:
            raise UsageError(say("{option} takes no other changes: edit the fields in the editor", option=option))
        _edit_as_text(session, client, option)
        return
    runner.check_change_given([*typed, *emptied, since], say("give a field, like --phone or --unset company"))

    def act(db: Writer) -> list[str]:
        found = client_selectors.client_named(db, client)
        parsed = profile.parse(db, typed, emptied)
        if since is not None:
            parsed.columns["client_since_on"] = typed_days.parse(db, since).isoformat()
        return [*parsed.warnings, _describe_edit(found, profile.edit(db, found, parsed))]

    runner.change(session, "client edit", act, card.client)


def _edit_as_text(session: Session, client: str, option: str) -> None:
    runner.refuse_past(session)
    with runner.reading(session) as reader:
        before = client_selectors.client_named(reader, client)
        shown = profile.to_text(reader, before)
        about = editor.About(before.id, "client edit", before.id, merged_ids.list_merged(reader, before.id))
    if option == "--discard":
        editor.discard(session, about.command, {about.record, *about.others})
        return
    resume = option == "--resume"
    with editor.edit_text(session, about, shown, resume=resume) as (draft, text):
        # A resumed draft changes only the fields that were edited in it: the others may have changed since.
        changed = profile.changed_lines(text, draft.before()) if resume else text

        def act(db: Writer) -> list[str]:
            found = clients.get(db, before.id)
            if not resume and profile.to_text(db, found) != shown:
                raise RefusedError(say("{title} was changed in the meantime", title=found.title))
            parsed = profile.parse(db, *profile.from_text(db, changed))
            return [*parsed.warnings, _describe_edit(found, profile.edit(db, found, parsed))]

        runner.change(session, "client edit", act, card.client)


def _describe_edit(client: clients.Client, changes: dict[str, profile.Change]) -> str:
    if not changes:
        return say("{title} is unchanged", title=client.title)
    empty = say("empty")
    shown = "; ".join(
        say("{field} {now} (was {was})", field=say(name), now=now or empty, was=was or empty)
        for name, (was, now) in changes.items()
    )
    return say("Changed {title}: {shown}", title=client.title, shown=shown)


def _collect_values(
    options: dict[str, str | None], field: list[str] | None, client: str | None = None
) -> dict[str, list[str]]:
    """Collect the values typed for fields, by key. Raise UsageError for an empty option: a script lost its value."""
    for name, value in options.items():
        if value is not None and not value.strip():
            option, key = name.replace("_", "-"), _SHORT.get(name, name)
            if not client:
                raise UsageError(say("--{option} is empty: leave it out", option=option))
            raise UsageError(
                say(
                    "--{option} is empty: leave it out, or `clientctl client edit {client} --unset {key}` empties the "
                    "field",
                    option=option,
                    client=word(client),
                    key=key,
                )
            )
    collected = {_SHORT.get(name, name): [value] for name, value in options.items() if value is not None}
    for each in field or ():
        key, equals, value = each.partition("=")
        if not equals or not key.strip():
            raise UsageError(say("--field {each}: write it like --field company='Épices & Fils'", each=each))
        collected.setdefault(key.strip(), []).append(value)
    return collected
