"""The `note` commands."""

from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base.words import say
from clientctl.cli.framework import editor, removal, runner
from clientctl.cli.framework.arguments import ClientArgument, ClientFilterArgument, unset_option
from clientctl.cli.framework.commands import ChangeCommand, ListCommand, noun
from clientctl.domain.clients import labels, merged_ids, notes
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.clients.labels import Label
from clientctl.domain.clients.notes import Note
from clientctl.domain.clients.record import Client
from clientctl.domain.practice import staff
from clientctl.domain.practice.staff import StaffMember
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query
from clientctl.errors import MissingParameterError
from clientctl.output.streams import note as tell
from clientctl.store import Reader, Writer

if TYPE_CHECKING:
    from clientctl.cli.framework.shared_options import Session

app = noun("Manage private notes about clients: from meetings, from calls, or anything else.")

_KINDS = ", ".join(notes.KINDS)
_UNSET = {"label": "label"}
Number = Annotated[str, typer.Argument(metavar="NOTE", help="The note's number.")]
Text = Annotated[
    str | None, typer.Argument(metavar="[TEXT]", help="The text; - reads it from stdin.", show_default=False)
]
Editor = Annotated[bool, typer.Option("--editor", help="Write the text in $EDITOR.")]
Kind = Annotated[str | None, typer.Option("--type", metavar="TYPE", help=f"One of {_KINDS}.")]
Explained = Annotated[str | None, typer.Option("--label", metavar="LABEL", help="The label that the note explains.")]
Author = Annotated[
    str | None, typer.Option("--by", metavar="NAME", help="Who writes it; the acting staff member unless given.")
]


@app.command("add", cls=ChangeCommand)
def add(
    context: typer.Context,
    client: ClientArgument,
    text: Text = None,
    use_editor: Editor = False,
    resume: editor.Resume = False,
    discard: editor.Discard = False,
    kind: Kind = None,
    label: Explained = None,
    by: Author = None,
) -> None:
    """Write a note about a client; it is never part of anything sent to a client.

    A text in the editor is kept until it is stored, whatever happens: --resume continues it.

    Examples:
      clientctl note add ana@example.com 'Prefers mornings'
      clientctl note add 12 'Pays for her sister too' --type call --label VIP
      echo 'Knee operation in May' | clientctl note add 12 -
    """
    session: Session = context.obj

    def refer(db: Reader) -> tuple[Client, str, StaffMember, Label | None]:
        author = staff.find_acting(db) if by is None else staff.find_active(db, by)
        explained = None if label is None else labels.find(db, label)
        its_kind = notes.known_kind(notes.KINDS[0] if kind is None else kind)
        return client_selectors.client_named(db, client), its_kind, author, explained

    def store(typed: str) -> None:
        checked = notes.checked(typed)

        def act(db: Writer) -> list[str]:
            who, its_kind, author, explained = refer(db)
            return [say("Added {add}", add=notes.title_of(notes.add(db, who, checked, its_kind, author, explained)))]

        runner.change(session, "note add", act, notes.card)

    runner.check_only_one({"TEXT": text, "--editor": use_editor, "--resume": resume, "--discard": discard})
    if not (use_editor or resume or discard):
        if text is None:
            raise MissingParameterError(
                say("a note needs some text: give it, - for standard input, or --editor"), "TEXT"
            )
        store(editor.read_argument(text) or "")
        return
    runner.refuse_past(session)
    with runner.reading(session) as reader:
        who, *_ = refer(reader)  # errors are reported before the text is typed
        about = editor.About(who.id, "note add", who.id, merged_ids.list_merged(reader, who.id))
    if discard:
        editor.discard(session, about.command, {about.record, *about.others})
        return
    with editor.edit_text(session, about, "", resume=resume) as (draft, typed):
        session.request_id = session.request_id or draft.request  # if killed after the commit, it is not added twice
        store(typed)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    client: ClientFilterArgument = None,
    kind: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help=f"{_KINDS}; repeat for any of several.")
    ] = None,
    search: Annotated[str | None, typer.Option("--search", metavar="TEXT", help="Containing all these words.")] = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", metavar="NAME", help="By this author; repeat for any of several.")
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="LABEL", help="Explaining this label; repeat for any of several."),
    ] = None,
) -> int:
    """List the notes about one client or all, the newest last.

    Examples:
      clientctl note list ana@example.com
      clientctl note list --type call --search knee
      clientctl note list --label VIP --json
    """

    def build(db: Reader) -> Query:
        where = notes.SOURCE.where(
            client=client_selectors.client_if_named(db, client),
            type=kind,
            by=[staff.find(db, name) for name in by or ()],
            label=[labels.find(db, name) for name in label or ()],
            search=search,
        )
        return Query(notes.SOURCE, where)

    return runner.show_list(context.obj, build, say("No notes match."))


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    note: Number,
    text: Text = None,
    use_editor: Editor = False,
    resume: editor.Resume = False,
    discard: editor.Discard = False,
    kind: Kind = None,
    label: Explained = None,
    by: Author = None,
    unset: Annotated[list[str] | None, unset_option(_UNSET)] = None,
) -> None:
    """Change a note: its text, its type, the label it explains, who wrote it.

    Examples:
      clientctl note edit 1 'Prefers evenings' --type general
      clientctl note edit 1 --unset label
    """
    session: Session = context.obj
    in_editor = use_editor or resume or discard
    runner.check_change_given(
        [text, in_editor or None, kind, label, by, unset], say("give TEXT, --editor, --type or --label")
    )
    runner.parse_unset(unset, _UNSET, {"label": label})

    def changed(db: Reader) -> tuple[Note, Note]:
        found = notes.find(db, note)
        after = found._replace(kind=notes.known_kind(found.kind if kind is None else kind))
        if label is not None or unset:
            after = after._replace(label_id=None if label is None else labels.find(db, label).id)
        if by is not None:
            after = after._replace(staff_id=staff.find_active(db, by).id)
        return found, after

    def store(typed: str | None, read: str | None = None) -> None:
        checked = None if typed is None else notes.checked(typed)

        def act(db: Writer) -> list[str]:
            found, after = changed(db)
            new = notes.edit(db, found, after._replace(text=checked or found.text), read)
            return [
                say("Changed {found}", found=notes.title_of(found))
                if new
                else runner.report_unchanged(notes.title_of(found))
            ]

        runner.change(session, "note edit", act, notes.card)

    runner.check_only_one({"TEXT": text, "--editor": use_editor, "--resume": resume, "--discard": discard})
    if not in_editor:
        store(editor.read_argument(text))
        return
    runner.refuse_past(session)
    if discard:
        editor.discard(session, "note edit", {queries.row_id(note, "note")})
        return
    with runner.reading(session) as reader:
        found, _ = changed(reader)
    about = editor.About(found.client_id, "note edit", found.id)
    with editor.edit_text(session, about, found.text, resume=resume) as (draft, typed):
        if resume and draft.before().rstrip("\n") != found.text:
            tell(say("{found} was changed after this text was begun; it is replaced", found=notes.title_of(found)))
        store(typed, found.text)


@app.command("remove", cls=ChangeCommand)
def remove(
    context: typer.Context,
    note: Annotated[list[str], typer.Argument(metavar="NOTE...", help="Numbers; - reads them from stdin.")],
) -> None:
    """Remove notes. It asks first.

    Examples:
      clientctl note remove 1 --yes
    """
    removal.remove(
        context.obj,
        "note",
        note,
        notes.find,
        lambda found: (notes.title_of(found), found.text),
        notes.remove,
        notes.card,
    )
