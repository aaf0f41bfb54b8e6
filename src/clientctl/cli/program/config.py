"""The `config` commands."""

from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base.listing import Card
from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.commands import ChangeCommand, Command, ListCommand, noun
from clientctl.domain.practice import settings
from clientctl.errors import MissingParameterError
from clientctl.store import Reader, Writer

if TYPE_CHECKING:
    from clientctl.cli.framework.shared_options import Session

app = noun("Show and change the settings stored in the database.")

Key = Annotated[str, typer.Argument(metavar="SETTING", help=f"One of {', '.join(settings.SETTINGS)}.")]


@app.command("get", cls=Command)
def get(context: typer.Context, setting: Key) -> None:
    """Print a setting's value or its default; nothing when it has neither.

    Examples:
      clientctl config get currency
    """
    session: Session = context.obj
    with runner.reading(session) as db:
        value, card = settings.get(db, setting), _card(db, setting)
    runner.show_value(session, value, card)


@app.command("set", cls=ChangeCommand)
def set_(
    context: typer.Context,
    setting: Key,
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="The new value.")] = None,
    default: Annotated[bool, typer.Option("--default", help="Restore the default.")] = False,
) -> None:
    """Change a setting.

    Examples:
      clientctl config set within 14
      clientctl config set timezone Europe/Paris
      clientctl config set day_first yes
      clientctl config set within --default
    """
    if runner.check_only_one({"VALUE": value, "--default": default}) is None:
        raise MissingParameterError(say("to which value? give VALUE or --default"), "VALUE")

    def act(db: Writer) -> list[str]:
        was = settings.get(db, setting)
        if value is None:
            settings.unset(db, setting)
        else:
            settings.put(db, setting, value)
        db.note_number(setting)
        now = settings.get(db, setting)
        value_now = now or say("not set")
        if was == now:
            return [say("{setting} is {value} already", setting=setting, value=value_now)]
        return [say("{setting} is {value} (was {was})", setting=setting, value=value_now, was=was or say("not set"))]

    runner.change(context.obj, "config set", act, _card)


@app.command("list", cls=ListCommand)
def list_(context: typer.Context) -> int:
    """List every setting.

    Examples:
      clientctl config list
    """
    return runner.show_list(context.obj, settings.listing, say("No settings."))


def _card(db: Reader, setting: str) -> Card:
    """Return the card of one setting, with the columns of the list."""
    listing = settings.listing(db)
    row = next(row for row in listing.rows if row[0] == settings.check_key(setting))
    return Card(setting, listing.columns, row)
