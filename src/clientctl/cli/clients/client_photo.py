"""The `client photo` command."""

from pathlib import Path
from typing import Annotated

import typer

from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import ClientArgument
from clientctl.cli.framework.commands import ChangeCommand, Verbs
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.client_file import card as cards
from clientctl.domain.clients import photos
from clientctl.domain.clients import selectors as client_selectors
from clientctl.errors import UsageError
from clientctl.output.streams import note
from clientctl.store import Writer

app = Verbs()


@app.command("photo", cls=ChangeCommand)
def photo(
    context: typer.Context,
    client: ClientArgument,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="The picture to set: JPEG, PNG, WebP, AVIF, GIF, BMP or TIFF."),
    ] = None,
    save: Annotated[Path | None, typer.Option("--save", metavar="FILE", help="Write the photo to FILE.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the photo. It asks first.")] = False,
    force: Annotated[bool, typer.Option("--force", help="With --save, replace FILE if it exists.")] = False,
) -> None:
    """Show, set, save or remove the photo of a client.

    A terminal that can shows the picture; elsewhere the path of its file is printed. Only the picture
    itself is stored, at most 1024 pixels on a side, without its place, date or camera.

    Examples:
      clientctl client photo ana@example.com portrait.jpg
      clientctl client photo ana@example.com --save copy.jpg --force
    """
    session: Session = context.obj
    runner.check_only_one({"FILE": file, "--save": save, "--remove": remove})
    if force and not save:
        raise UsageError(say("--force goes with --save"))
    if file:
        _set(session, client, file)
    elif remove:
        _remove(session, client)
    elif save:
        _save(session, client, save, force=force)
    else:
        _show(session, client)


def _set(session: Session, client: str, source: Path) -> None:
    from clientctl.base import input_files
    from clientctl.exchange import pictures

    with input_files.open_ordinary(source, pictures.MOST_BYTES) as file:
        made = pictures.portrait(file, quoted(str(source)))

    def act(db: Writer) -> list[str]:
        found = client_selectors.client_named(db, client)
        new = photos.put(db, found, made)
        return [
            say("Set the photo of {title}", title=found.title)
            if new
            else say("{title} already has this photo", title=found.title)
        ]

    runner.change(session, "client photo", act, cards.client)


def _remove(session: Session, client: str) -> None:
    runner.refuse_past(session)
    with runner.reading(session) as reader:
        found = client_selectors.client_named(reader, client)
        has = photos.has(reader, found)
    if has:
        runner.confirm(session, say("{name}'s photo would be removed", name=found.name), say("Remove it?"))

    def act(db: Writer) -> list[str]:
        found = client_selectors.client_named(db, client)
        photos.remove(db, found)
        return [say("Removed the photo of {title}", title=found.title)]

    runner.change(session, "client photo", act, cards.client)


def _save(session: Session, client: str, target: Path, *, force: bool) -> None:
    from clientctl.base import atomic_files

    with runner.reading(session) as db:
        picture = photos.picture(db, client_selectors.client_named(db, client))
        with atomic_files.replace_file(target, force=force) as file:
            file.write(picture)
    note(say("Wrote {target}", target=target))


def _show(session: Session, client: str) -> None:
    """Show the photo if the terminal can, else print the path of its file."""
    from clientctl.output import picture as picture_output

    protocol = None if session.format else picture_output.find_protocol(runner.color(session))
    with runner.reading(session) as db:
        found = client_selectors.client_named(db, client)
        path, card = str(photos.named(db, found)), photos.card(db, found)
        picture = photos.picture(db, found) if protocol else b""
    if protocol is None:
        runner.show_value(session, path, card)
        return
    from clientctl.exchange import pictures

    if protocol == "blocks":
        size = picture_output.width(), 2 * picture_output.TALLEST
        picture_output.show_blocks(pictures.pixels(picture, *size))
    else:
        picture_output.show_png(pictures.png(picture, pictures.SIDE // 2), protocol)
