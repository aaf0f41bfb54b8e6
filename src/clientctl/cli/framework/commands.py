"""The classes of commands: the options that commands share, help and examples.

The common options are read at three levels (``clientctl --json client --db F list --today D``)
and stored on one `Session`, where the later level wins. So a verb declares only its own:

    app = noun("Manage clients.")

    @app.command("list", cls=ListCommand)
    def list_clients(context: typer.Context, text: ...) -> int | None:
        session: Session = context.obj

A verb's result is the exit status; None is 0.
"""

import gc
import inspect
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import typer

from clientctl.base.words import say
from clientctl.cli.framework.click import (
    ClickCommand,
    Context,
    HelpFormatter,
    Parameter,
    TyperArgument,
    TyperCommand,
    TyperOption,
    UsageError,
)
from clientctl.cli.framework.shared_options import CHANGE, COMMON, CONDITIONS, FILTER, LIST
from clientctl.errors import MissingParameterError
from clientctl.output.streams import is_terminal, terminal_width

PROGRAM = "clientctl"
COMPLETE = "_CLIENTCTL_COMPLETE"  # set by the shell's completion script
_EXAMPLES = "\nExamples:\n"
_SHELL_WORD = r"(?:'[^']*'|[^\s'])+"
_CLICK_MINIMUM = 52

_CLIENT = TyperOption(
    param_decls=["--client", "named_client"],
    metavar="CLIENT",
    help="A client, in place of the first argument.",
    expose_value=False,
)
_CLIENT_METAVARS = {"CLIENT", "MEMBERSHIP", "PACKAGE", "PAYMENT"}
"""The metavars of a first argument that can be a client."""


def _move_clients_first(args: list[str]) -> list[str]:
    """Move the value of each ``--client`` to the front; what follows ``--`` is not an option."""
    end = args.index("--") if "--" in args else len(args)
    named: list[str] = []
    rest: list[str] = []
    words = iter(args[:end])
    for word in words:
        if word == "--client":
            value = next(words, None)
            if value is None:
                raise UsageError(say("--client needs a client: an id, e-mail, phone or name"))
            named.append(value)
        elif word.startswith("--client="):
            named.append(word.removeprefix("--client="))
        else:
            rest.append(word)
    return [*named, *rest, *args[end:]]


class Level(ClickCommand):
    """A level of the command line that accepts the common options; its help ends with examples.

    The examples are the lines under a last heading ``Examples:`` of the docstring, shown unchanged.
    """

    shared: ClassVar[list[TyperOption]] = []
    filters: ClassVar[list[TyperOption]] = []

    def get_params(self, ctx: Context) -> list[Parameter]:
        """List its own arguments and options, then the shared ones."""
        return [*self.params, *self.filters, *self.shared, *COMMON, *self.help_options(ctx)]

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse what follows the name; add the level to an error."""
        try:
            return super().parse_args(ctx, args)
        except UsageError as error:
            error.ctx = error.ctx or ctx
            raise

    def get_help_option_names(self, ctx: Context) -> list[str]:  # noqa: ARG002 - click's signature
        """List the names of the option that shows the help."""
        return ["-h", "--help"]

    def help_options(self, ctx: Context) -> list[TyperOption]:
        """List the option ``--help``, which click keeps separately."""
        option = self.get_help_option(ctx)
        return [option] if option else []

    def format_usage(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write how the command is typed."""
        formatter.write_usage(ctx.command_path, " ".join(self.collect_usage_pieces(ctx)), f"{say('Usage:')} ")

    def format_help_text(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write what the command does, without the examples."""
        text = self.help
        self.help = "\n\n".join(map(say, paragraphs_of(text)))
        super().format_help_text(ctx, formatter)
        self.help = text

    def format_epilog(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the examples."""
        if examples := _split_examples(self.help)[1]:
            formatter.write_paragraph()
            formatter.write_heading(say("Examples"))
            for line in examples.splitlines():
                formatter.write(f"  {_fold_example(line, formatter.width)}".rstrip() + "\n")


class Command(Level, TyperCommand):
    """A verb with the common options."""

    heading: ClassVar[str] = ""

    def get_params(self, ctx: Context) -> list[Parameter]:
        """List its parameters, with ``--client`` where a client stands positionally."""
        return [*super().get_params(ctx), *([_CLIENT] if self._takes_client() else [])]

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse what follows the verb, with clients named by ``--client`` moved to their position."""
        return super().parse_args(ctx, _move_clients_first(args) if self._takes_client() else args)

    def _takes_client(self) -> bool:
        own = {name for option in self.params for name in option.opts}
        first = next((each for each in self.params if isinstance(each, TyperArgument)), None)
        return first is not None and "--client" not in own and (first.metavar or "").strip("[].") in _CLIENT_METAVARS

    def invoke(self, ctx: Context) -> object:
        """Run the verb with the garbage collector enabled.

        Imported objects are frozen first, so that the collector never visits them again: no measurable
        cost for a short command, and flat memory for a long one, which makes few cycles.
        """
        gc.freeze()
        gc.set_threshold(20_000)
        gc.enable()
        try:
            return super().invoke(ctx)
        except MissingParameterError as error:
            error.context = ctx
            raise

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the arguments, the verb's own options, those of lists or changes, then the common ones."""
        arguments = [argument for argument in self.params if isinstance(argument, TyperArgument)]
        own = [option for option in self.params if option not in arguments]
        write_options(ctx, formatter, "Arguments", arguments)
        write_options(ctx, formatter, "Options", own)
        write_options(ctx, formatter, "Filters", self.filters)
        write_options(ctx, formatter, self.heading, self.shared)
        write_options(ctx, formatter, "Common options", [*COMMON, *self.help_options(ctx)])


class ListCommand(Command):
    """A verb that shows a list; columns, order, pages and files work the same for every list."""

    shared = LIST
    heading = "List options"


class ListOrChangeCommand(ListCommand):
    """A verb that shows a list or, with an option of its own, changes what is in it."""

    shared: ClassVar[list[TyperOption]] = [*LIST, *(option for option in CHANGE if option not in LIST)]
    heading = "List and change options"


class ChangeCommand(Command):
    """A verb that changes records, in one transaction and with one entry in the journal."""

    shared = CHANGE
    heading = "Change options"


class CreateCommand(Command):
    """A verb that creates the file, with all options of changes but the request id, which is stored in the file."""

    shared: ClassVar[list[TyperOption]] = [option for option in CHANGE if "--request-id" not in option.opts]
    heading = "Change options"


class ClientListCommand(ListCommand):
    """A verb that lists the clients that filters choose."""

    filters = FILTER


class ClientFilterCommand(Command):
    """A verb that reads the clients that filters choose."""

    filters = FILTER


class ClientFilterChangeCommand(ChangeCommand):
    """A verb that changes the clients that filters choose, or saves the filters."""

    filters = FILTER


class ConditionChangeCommand(ChangeCommand):
    """A verb that changes clients named or chosen by ``--where`` and ``--segment``, whose other options are its own."""

    filters = CONDITIONS


class Verbs(typer.Typer):
    """The verbs of a noun, or of one of the files that a noun with many verbs names."""

    def __init__(self, help_text: str | None = None, files: Mapping[str, str] | None = None) -> None:
        super().__init__(help=help_text, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
        self.files = files or {}


def noun(help_text: str, files: Mapping[str, str] | None = None) -> Verbs:
    """Return the app that a noun's verbs are registered with; nothing is built until it is needed.

    ``files`` names for each verb the file beside the noun's that has it, in the order of the help: only the file of
    the verb that is run is imported. Without them the verbs are in the noun's own file.
    """
    return Verbs(inspect.cleandoc(help_text), files)


def list_examples(command: ClickCommand) -> list[str]:
    """List the shell lines under ``Examples:`` of a command's help, without comments."""
    lines = (line.strip() for line in _split_examples(command.help)[1].splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def paragraphs_of(help_text: str | None) -> list[str]:
    """List the paragraphs of a help text, without the examples: each is a text to translate."""
    paragraphs = inspect.cleandoc(_split_examples(help_text)[0]).split("\n\n")
    return [re.sub(r"\s*\n\s*", " ", paragraph) for paragraph in paragraphs]


def write_options(ctx: Context, formatter: HelpFormatter, heading: str, options: Iterable[Parameter]) -> None:
    """Write one section of a command's help, unless it is empty."""
    rows = [(row[0], _translate_row(row[1])) for option in options if (row := option.get_help_record(ctx))]
    if rows:
        with formatter.section(say(heading)):
            write_table(formatter, rows)


def _translate_row(text: str) -> str:
    """Translate the help of an option, and what click puts after it in brackets."""
    text, bracket, rest = text.rpartition("[") if text.endswith("]") else (text, "", "")
    facts = [_translate_fact(*fact.partition(": ")) for fact in rest.removesuffix("]").split("; ")]
    help_text = text.rstrip()
    return f"{say(help_text)}{text[len(help_text) :]}[{'; '.join(facts)}]" if bracket else say(text)


def _translate_fact(name: str, _: str, value: str) -> str:
    return say("default: {value}", value=value) if value else say(name)


def write_table(formatter: HelpFormatter, rows: Sequence[tuple[str, str]]) -> None:
    """Write names with their help; the names take half of the width at most."""
    formatter.write_dl(rows, col_max=min(30, formatter.width // 2))


def help_width() -> int | None:
    """Return the width of help on a terminal too narrow for click, which writes at least 50 columns; else None."""
    width = terminal_width()
    return None if width is None or width >= _CLICK_MINIMUM else max(width - 2, 1)


def _fold_example(line: str, width: int) -> str:
    """Fold an example on a terminal, ending each line but the last with a backslash so that it can be copied."""
    if len(line) <= width or not is_terminal(sys.stdout):
        return line
    lines = [""]
    for word in re.findall(_SHELL_WORD, line):
        room = width - len("  \\")
        if lines[-1].strip() and len(lines[-1]) + 1 + len(word) > room:
            lines.append(f"  {word}")
        else:
            lines[-1] += f" {word}" if lines[-1] else word
    return " \\\n  ".join(lines)


def _split_examples(help_text: str | None) -> tuple[str, str]:
    """Split a help text into the description and the examples, which are dedented."""
    text, _, examples = (help_text or "").partition(_EXAMPLES)
    return text, inspect.cleandoc("\n" + examples)
