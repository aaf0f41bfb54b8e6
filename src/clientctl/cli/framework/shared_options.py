"""The options that commands share, and the `Session` that they are stored on."""

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import typer

from clientctl.base import choices
from clientctl.base.listing import FORMATS, Format
from clientctl.base.words import say
from clientctl.cli.framework.click import Context, Parameter, TyperOption
from clientctl.output.streams import COLORS, Color

Callback: TypeAlias = Callable[[Context, Parameter, Any], None]


class Session:
    """The shared options of one invocation, and whether it has changed anything.

    At the end of a change, ``committing`` is set before the commit, then ``committed`` to the number of
    the journal's entry, then ``committing`` is cleared. A signal in between comes too late and is ignored,
    so a message is never wrong about what was changed.
    """

    __slots__ = (
        "archived", "as_of", "color", "columns", "committed", "committing", "count", "db", "dry_run", "exit_code",
        "force", "format", "header", "label", "lang", "limit", "member", "no_member", "not_label", "on_plan",
        "opted_in", "out", "page", "quiet", "request_id", "segment", "since", "site", "sort", "status",
        "today", "where", "yes",
    )  # fmt: skip

    def __init__(self) -> None:
        self.db: str | None = None
        self.today: str | None = None
        self.as_of: str | None = None
        self.format: Format | None = None
        self.color: Color | None = None
        self.lang: str | None = None

        self.columns: list[str] | None = None
        self.sort: str | None = None
        self.limit: int | None = None
        self.page: int | None = None
        self.count = False
        self.quiet = False
        self.header = False
        self.out: str | None = None
        self.force = False
        self.exit_code = False

        self.label: list[str] = []
        self.not_label: list[str] = []
        self.opted_in: list[str] = []
        self.on_plan: list[str] = []
        self.where: list[str] = []
        self.segment: list[str] = []
        self.member = False
        self.no_member = False
        self.site: str | None = None
        self.status: list[str] = []
        self.since: str | None = None
        self.archived = False

        self.dry_run = False
        self.yes = False
        self.request_id: str | None = None

        self.committing = False
        self.committed: int | None = None


def _store_on_session(check: Callable[[Any], Any] | None = None, name: str | None = None) -> Callback:
    """Return a callback that stores the value on the Session, under the option's own name by default."""

    def callback(context: Context, option: Parameter, value: object) -> None:
        if value is None or value is False or value == ():
            return
        if value == "":
            raise typer.BadParameter(say("the value is empty"))
        attribute = name or option.name
        if attribute is not None:
            setattr(context.ensure_object(Session), attribute, check(value) if check else value)

    return callback


def _text(name: str, metavar: str, help_text: str, check: Callable[[Any], Any] | None = None) -> TyperOption:
    return TyperOption(
        param_decls=[name], metavar=metavar, help=help_text, expose_value=False, callback=_store_on_session(check)
    )


def _flag(*names: str, help_text: str) -> TyperOption:
    return TyperOption(
        param_decls=[*names], is_flag=True, help=help_text, expose_value=False, callback=_store_on_session()
    )


def _choice(name: str, metavar: str, values: tuple[str, ...], help_text: str) -> TyperOption:
    def check(value: str) -> str:
        found = next((each for each in values if each == value.strip().lower()), None)
        if found is None:
            raise typer.BadParameter(say("{value} is not one of {values}", value=repr(value), values=", ".join(values)))
        return found

    return TyperOption(
        param_decls=[name],
        metavar=metavar,
        help=help_text,
        expose_value=False,
        callback=_store_on_session(check),
        autocompletion=lambda _context, _arguments, _incomplete: list(values),
    )


def _repeatable(
    name: str,
    metavar: str,
    help_text: str,
    check: Callable[[Any], Any] = list,
    complete: Callable[..., list[str]] | None = None,
) -> TyperOption:
    return TyperOption(
        param_decls=[name],
        multiple=True,
        metavar=metavar,
        help=help_text,
        expose_value=False,
        callback=_store_on_session(check),
        autocompletion=complete,
    )


def _repeatable_choice(name: str, metavar: str, values: tuple[str, ...]) -> TyperOption:
    """Make an option of several names out of a fixed set."""
    return _repeatable(
        name,
        metavar,
        f"{', '.join(values)}; repeat for several.",
        lambda typed: choices.parse_several(typed, values, name.strip("-")),
        lambda _context, _arguments, _incomplete: list(values),
    )


def _number(name: str, minimum: int, help_text: str) -> TyperOption:
    def check(value: int) -> int:
        if value < minimum:
            raise typer.BadParameter(say("{value} is less than {minimum}", value=value, minimum=minimum))
        return value

    return TyperOption(
        param_decls=[name], type=int, metavar="N", help=help_text, expose_value=False, callback=_store_on_session(check)
    )


def _parse_keys(values: Iterable[str]) -> list[str]:
    keys = [key_of(key) for value in values for key in value.split(",")]
    if not all(keys):
        raise typer.BadParameter(say("a key is empty: write --columns name,email,phone"))
    return keys


def key_of(typed: str) -> str:
    """Return the key of a column; ``-`` between its words is taken for ``_``."""
    return re.sub(r"(?<=\w)-(?=\w)", "_", typed.strip())


# An option has no state of its own, so all commands share these lists.
COMMON = [
    _text("--db", "FILE", "The database file."),
    _text("--today", "DAY", "Evaluate every rule as of DAY, like 2026-12-31 or monday."),
    _text("--as-of", "TIME", "Show the records as they stood at TIME, or before command '#123'."),
    _choice("--format", "FORMAT", FORMATS, f"{', '.join(FORMATS)}."),
    TyperOption(
        param_decls=["--json"],
        is_flag=True,
        help="Short for --format json.",
        expose_value=False,
        callback=_store_on_session(lambda _typed: "json", "format"),
    ),
    _choice("--color", "WHEN", COLORS, f"{', '.join(COLORS)}."),
    _text("--lang", "LANGUAGE", "The language of the output: en."),
]
_QUIET = _flag("-q", "--quiet", help_text="Print ids or numbers only.")
LIST = [
    TyperOption(
        param_decls=["--columns"],
        multiple=True,
        metavar="A,B,C",
        help="The columns to show, by key.",
        expose_value=False,
        callback=_store_on_session(_parse_keys),
    ),
    _text("--sort", "KEY", "The column to sort by; -KEY for the reverse.", key_of),
    _number("--limit", 0, "At most N rows; 0 for all."),
    _number("--page", 1, "The Nth page."),
    _flag("--count", help_text="Print the number of rows only."),
    _QUIET,
    _flag("--header", help_text="Print a header line in tsv too."),
    _text("--out", "FILE", "Write the list to FILE: .xlsx, .csv or .json; {today} is the day."),
    _flag("--force", help_text="Replace FILE if it exists."),
    _flag("--exit-code", help_text="Exit with 10 when the list is not empty."),
]
CHANGE = [
    _flag("-n", "--dry-run", help_text="Show what would change; change nothing."),
    _flag("--yes", help_text="Answer every question with yes."),
    _text("--request-id", "ID", "Do nothing if a command with this ID was already done."),
    _QUIET,
]


CONDITIONS = [
    _repeatable("--where", "'FIELD OPERATOR VALUE'", "A condition on a field, like 'company contains sarl'."),
    _repeatable("--segment", "NAME", "Clients in this segment."),
]
FILTER = [
    _repeatable("--label", "NAME", "With this label; repeat for any of several."),
    _repeatable("--not-label", "NAME", "Without this label; repeat for none of several."),
    _repeatable("--opted-in", "PREFERENCE", "Opted in to this; repeat for any of several."),
    _flag("--member", help_text="With a live or upcoming membership."),
    _flag("--no-member", help_text="Without a live or upcoming membership."),
    _repeatable("--on-plan", "PLAN", "With a live or upcoming membership of this plan; repeat for any of several."),
    _text("--site", "SITE", "With this home site; all for every site."),
    _repeatable_choice("--status", "STATUS", ("lead", "client")),
    _text("--since", "RANGE", "Client since a day in this range, like this-year or 2026-01-01.."),
    *CONDITIONS,
    _flag("--archived", help_text="Archived clients instead."),
]
