"""The root command and its nouns; a noun is imported, and a verb built, only when it is needed.

Building all nouns took 369 ms; this takes little more than an empty program. So every noun is in
the table below with its line of help, and its module is loaded by name: ``payment-type`` is
``payment_type`` in the package of its heading, ``clientctl.cli.money`` (``import`` is ``import_``);
the ``app`` of the module has the verbs.
"""

import importlib
import os
import re
import sys
from collections.abc import Collection, Sequence
from functools import cache, cached_property

import typer

from clientctl import __version__
from clientctl.base.words import say
from clientctl.cli.framework.click import (
    EXTRA,
    BadOptionUsage,
    BadParameter,
    ClickCommand,
    CommandInfo,
    CompletionItem,
    Context,
    HelpFormatter,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
    Parameter,
    TyperGroup,
    TyperOption,
    answer_completion,
    get_command_from_info,
    get_current_context,
)
from clientctl.cli.framework.commands import COMPLETE, PROGRAM, Level, Verbs, help_width, write_options, write_table
from clientctl.cli.framework.shared_options import Session
from clientctl.errors import AbortedError, ClientctlError, MissingParameterError, StorageError, UsageError
from clientctl.output.streams import is_terminal

SECTIONS = {
    "Clients": {
        "client": "The people you serve",
        "label": "Tags on clients",
        "field": "The information you keep about clients",
        "segment": "Saved client filters",
        "note": "Private notes about clients",
        "task": "Things to do for clients, who does them and by when",
        "address": "Clients' addresses",
        "preference": "What clients agreed to receive",
        "document": "Files shared with clients, or by them",
    },
    "Appointments": {
        "service": "What clients book: how long it lasts, where, and its price",
    },
    "Memberships": {
        "plan": "The memberships and packages you sell",
        "rate": "The prices of a plan",
        "membership": "Who is enrolled in which plan, and until when",
        "billing": "Charge what has fallen due",
        "package": "Sessions bought, used and remaining",
        "payment-method": "How clients pay",
        "mandate": "Permissions to collect by direct debit",
    },
    "Money": {
        "order": "What was bought in one go",
        "charge": "Amounts due, what for, and how much is settled",
        "payment": "Money received, and its refunds and failures",
        "payment-type": "The ways you take money",
        "credit": "What you owe clients, in money or sessions",
    },
    "Your business": {
        "staff": "The people who work here",
        "site": "Your places of business",
    },
    "Files": {
        "import": "Import clients and memberships from a file",
        "export": "Write clients and memberships to a file, or list e-mails",
    },
    "History": {
        "log": "List what was changed, by whom and when",
        "undo": "Undo the last change",
        "redo": "Redo the change that was undone",
    },
    "The program": {
        "db": "The database: create, inspect, back up, restore, compact",
        "config": "Settings stored in the database",
        "completion": "Shell completion",
    },
}
ROOMS = {"Your business": "practice", "The program": "program"}
"""The packages of ``cli`` that are not named after their heading."""
VERBLESS = frozenset({"log", "undo", "redo"})  # their module's app has just one command
ALIASES = {"ls": "list", "rm": "remove", "new": "add"}

_HELP = """Keep your clients, their memberships and what you know about them in one local file.

Examples:
  clientctl db init
  clientctl client list
"""


class Group(Level, TyperGroup):
    """A noun, or the root: a table of names with their help; a command is built on demand."""

    def __init__(
        self,
        name: str,
        help_text: str | None,
        names: Collection[str],
        metavar: str,
        context_settings: dict[str, object] | None = None,
    ) -> None:
        super().__init__(
            name=name,
            help=help_text,
            no_args_is_help=True,
            subcommand_metavar=metavar,
            context_settings=context_settings,
            rich_markup_mode=None,
        )
        self.names = names

    @cached_property
    def helps(self) -> dict[str, str]:
        """Return the names, each with its line of help."""
        raise NotImplementedError

    def build(self, name: str) -> ClickCommand:
        """Build the command of a name."""
        raise NotImplementedError

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 - click's signature
        """List the names, in the order of the table."""
        return list(self.names)

    def get_command(self, ctx: Context, cmd_name: str) -> ClickCommand | None:  # noqa: ARG002 - click's signature
        """Build the command of a name; return None when there is none."""
        return self.build(cmd_name) if cmd_name in self.names else None

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, ClickCommand | None, list[str]]:
        """Find a command by name or alias; raise UsageError with suggestions.

        ``help`` before the names is ``--help`` after them.
        """
        if args[0] == "help":
            args = args[1:] if ctx.resilient_parsing else [*args[1:], "--help"]
            if not args:
                return None, None, []
            if args == ["--help"]:
                typer.echo(ctx.get_help())
                raise typer.Exit
        name = self.alias(args[0])
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            import difflib

            suggested = self.suggestions(args) or difflib.get_close_matches(args[0], self.names)
            raise UsageError(_describe_unknown(say("command"), args[0], suggested, ctx))
        return name, command, args[1:]

    def alias(self, word: str) -> str:
        """Return the name that a word stands for: the word itself unless it is an alias that is unambiguous here."""
        if word == "delete" and word not in self.names and "remove" in self.names and "archive" not in self.names:
            return "remove"
        return word if word in self.names else ALIASES.get(word, word)

    def suggestions(self, args: Sequence[str]) -> Sequence[str]:
        """List the commands that words of other programs may mean."""
        raise NotImplementedError

    def shell_complete(self, ctx: Context, incomplete: str) -> list[CompletionItem]:
        """Complete a name, without building anything, or an option."""
        names = [CompletionItem(n, help=say(h)) for n, h in self.helps.items() if n.startswith(incomplete)]
        return names + ClickCommand.shell_complete(self, ctx, incomplete)

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write the names first, then the options."""
        self.format_commands(ctx, formatter)
        write_options(ctx, formatter, "Options", self.get_params(ctx))

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the names and their help."""
        with formatter.section(say("Commands")):
            write_table(formatter, [(name, say(line)) for name, line in self.helps.items()])


class Noun(Group):
    """A noun; its verbs are registered with the ``app`` of its module, or of the files in its room that this names."""

    def __init__(self, name: str, app: Verbs, room: str = "") -> None:
        super().__init__(name, app.info.help, app.files or _registered(app), "VERB [ARGS]...")
        self.app, self.room = app, room

    @cached_property
    def helps(self) -> dict[str, str]:
        """Return the verbs, each with its line of help; this imports all of them."""
        return {name: _first_line(self._find(name)) for name in self.names}

    def _find(self, name: str) -> CommandInfo:
        file = self.app.files.get(name)
        return _registered(importlib.import_module(f"{self.room}.{file}").app if file else self.app)[name]

    def suggestions(self, args: Sequence[str]) -> Sequence[str]:
        """List the verbs that a word of other programs may mean."""
        from clientctl.cli.framework import foreign_words

        return foreign_words.suggest_verbs(str(self.name), args[0], self.names)

    def build(self, name: str) -> ClickCommand:
        """Build one verb from its function's parameters."""
        return _build_command(self._find(name))


class Root(Group):
    """The program itself: the nouns, and the commands that have no verb."""

    def __init__(self) -> None:
        settings: dict[str, object] = {
            "max_content_width": 100,
            "terminal_width": help_width(),
        }
        super().__init__(PROGRAM, _HELP, self.helps, "NOUN VERB [ARGS]...", settings)
        self.no_args_is_help, self.invoke_without_command, self.callback = False, True, _start
        self.params.append(
            TyperOption(
                param_decls=["-V", "--version"],
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=_show_version,
                help="Show the version and exit.",
            )
        )

    @cached_property
    def helps(self) -> dict[str, str]:
        """Return the nouns, each with its line of help."""
        return {name: line for section in SECTIONS.values() for name, line in section.items()}

    def suggestions(self, args: Sequence[str]) -> Sequence[str]:
        """List what a word of other programs, or a verb before its noun, may mean."""
        from clientctl.cli.framework import foreign_words

        if args[0] not in foreign_words.VERBS_FIRST:
            return foreign_words.NOUNS.get(args[0], ())
        of = args[1] if len(args) > 1 and args[1] in self.names else "client"
        noun = self.build(of)
        if not isinstance(noun, Group):
            return [of]
        verb = noun.alias(args[0])
        return [f"{of} {verb}"] if verb in noun.names else noun.suggestions(args)

    def build(self, name: str) -> ClickCommand:
        """Import the module of a noun, or of a command without a verb."""
        module = _module_name(name)
        app: Verbs = importlib.import_module(module).app
        if name in VERBLESS:
            return _build_command(app.registered_commands[0])
        return Noun(name, app, module.rpartition(".")[0])

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the table by sections, with all names in one column."""
        width = max(map(len, self.names))
        for heading, helps in SECTIONS.items():
            with formatter.section(say(heading)):
                write_table(formatter, [(name.ljust(width), say(line)) for name, line in helps.items()])


def _module_name(name: str) -> str:
    """Return the name of a noun's module, in the package of its heading; ``import`` is a Python keyword."""
    heading = next(each for each, helps in SECTIONS.items() if name in helps)
    module = "import_" if name == "import" else name.replace("-", "_")
    return f"clientctl.cli.{ROOMS.get(heading, heading.lower())}.{module}"


def run(arguments: Sequence[str], session: Session) -> int:
    """Run one command and return its exit status.

    Raise ClientctlError for everything a user can mend, for what typer rejects, and for whatever goes
    wrong with a damaged file, which can look like any other fault.
    """
    try:
        return _run(arguments, session)
    except (ClientctlError, OSError):
        raise
    except Exception:
        from clientctl.domain.session import database_file, opened

        path = opened.path_of(session.db)
        if session.committed or not database_file.is_damaged(path):
            raise
        # Without its cause, whose text may contain personal data from the file.
        raise StorageError(
            say(
                "{path} is damaged; nothing was changed: `clientctl db verify` says where; then restore a backup",
                path=path,
            )
        ) from None


def _run(arguments: Sequence[str], session: Session) -> int:
    root = Root()
    if instruction := os.environ.get(COMPLETE):
        return answer_completion(root, PROGRAM, COMPLETE, instruction)
    try:
        status = _run_asking(root, arguments, session)
    except typer.Exit as stop:
        return stop.exit_code
    except typer.Abort as error:
        raise AbortedError(say("stopped; nothing was changed")) from error
    except typer.TyperException as error:
        raise _usage_error(error) from error
    if is_terminal(sys.stderr) and not session.dry_run:
        from clientctl.cli.framework import editor

        editor.report_drafts(session)
    return status if isinstance(status, int) else 0


def _run_asking(root: Root, arguments: Sequence[str], session: Session) -> object:
    """Run what was typed; on a terminal, ask for what is missing and run it with the answers."""
    typed = [*arguments]
    while True:
        try:
            with root.make_context(PROGRAM, [*typed], obj=session) as context:
                return root.invoke(context)
        except (MissingParameter, MissingParameterError) as error:
            if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
                raise
            from clientctl.cli.framework import asking

            typed = asking.complete(typed, error)


def _usage_error(error: typer.TyperException) -> UsageError:
    """Describe in one line what typer rejected, and where to look."""
    context = getattr(error, "ctx", None)
    if isinstance(error, NoArgsIsHelpError):
        # An error like a mistyped option, unlike --help: a script whose verb is an empty variable must fail.
        return UsageError(say("a command is missing") + _help_hint(context), error.message.splitlines())
    if isinstance(error, NoSuchOption):
        from clientctl.cli.framework import foreign_words

        suggested = (
            foreign_words.suggest_options(error.option_name, _option_names(context)) or error.possibilities or ()
        )
        return UsageError(_describe_unknown(say("option"), error.option_name, suggested, context))
    return UsageError(_describe_rejected(error) + _help_hint(context))


def _describe_rejected(error: typer.TyperException) -> str:
    """Describe what typer rejected; what it says itself in English is put in our words."""
    message = error.format_message().rstrip(".")
    if isinstance(error, BadParameter) and error.param and error.ctx:
        name = error.param.get_error_hint(error.ctx)
        if not isinstance(error, MissingParameter):
            return say("invalid value for {name}: {problem}", name=name, problem=_describe_problem(error.message))
        is_argument = error.param.param_type_name == "argument"
        return say("missing argument {name}", name=name) if is_argument else say("missing option {name}", name=name)
    if isinstance(error, BadOptionUsage):
        return _describe_usage(repr(error.option_name), message)
    if message.startswith(EXTRA):
        words = message.removeprefix(EXTRA)[:-1]
        context = getattr(error, "ctx", None)
        if context and all(each.param_type_name == "option" for each in context.command.params):
            return say("unexpected argument {words}; this command takes options only", words=words)
        return say("unexpected argument {words}; put words that belong together in quotes", words=words)
    return message[:1].lower() + message[1:]


def _describe_usage(name: str, message: str) -> str:
    """Describe how an option was used wrongly."""
    if message.endswith("does not take a value"):
        return say("option {name} does not take a value", name=name)
    if wanted := re.search(r"requires (\d+) arguments$", message):
        return say("option {name} requires {number} arguments", name=name, number=wanted[1])
    return say("option {name} requires an argument", name=name)


def _describe_problem(message: str) -> str:
    """Describe what is wrong with a value: what a callback of ours says, or typer of a number."""
    found = re.fullmatch(r"(.*) is not a valid int(eger)?\.?", message, re.DOTALL)
    return say("{value} is not a whole number", value=found[1]) if found else message.rstrip(".")


def _option_names(context: Context | None) -> set[str]:
    return {option for each in context.command.params for option in each.opts} if context else set()


def _describe_unknown(kind: str, name: str, close: Sequence[str], context: Context | None) -> str:
    if close:
        return say("no such {kind}: {name}; did you mean {names}?", kind=kind, name=name, names=say(" or ").join(close))
    return say("no such {kind}: {name}", kind=kind, name=name) + _help_hint(context)


def _help_hint(context: Context | None) -> str:
    named = context.command_path.removeprefix(PROGRAM).lstrip() if context else ""
    return "; " + say("see `clientctl {command}--help`", command=f"{named} " if named else "")


def _start() -> int | None:
    """Show the queues, or how to begin, when no command was typed."""
    context = get_current_context()
    if context.invoked_subcommand is not None:
        return None
    from clientctl.cli.program import start

    return start.show(context.obj)


def _show_version(context: Context, _option: Parameter, is_wanted: bool) -> None:
    if is_wanted and not context.resilient_parsing:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


@cache  # worth it only for our tests, which run thousands of commands in one process
def _build_command(info: CommandInfo) -> ClickCommand:
    return get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None)


def _registered(app: typer.Typer) -> dict[str, CommandInfo]:
    return {_verb_name(info): info for info in app.registered_commands}


def _verb_name(info: CommandInfo) -> str:
    return info.name or getattr(info.callback, "__name__", "").replace("_", "-")


def _first_line(info: CommandInfo) -> str:
    text = info.help or getattr(info.callback, "__doc__", None) or ""
    return text.strip().partition("\n")[0].rstrip(".")
