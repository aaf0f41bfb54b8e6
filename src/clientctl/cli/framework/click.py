"""Typer's private parts in one place: its copy of click, and the completion scripts.

Nothing else imports them, so a Typer that moves or renames them changes this file alone.
"""

from typer._click import Command as ClickCommand
from typer._click import Context, HelpFormatter, Parameter
from typer._click.exceptions import (
    BadOptionUsage,
    BadParameter,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
    UsageError,
)
from typer._click.globals import get_current_context
from typer._click.shell_completion import CompletionItem
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command_from_info
from typer.models import CommandInfo

__all__ = [
    "EXTRA", "BadOptionUsage", "BadParameter", "ClickCommand", "CommandInfo", "CompletionItem", "Context",
    "HelpFormatter", "MissingParameter", "NoArgsIsHelpError", "NoSuchOption", "Parameter", "TyperArgument",
    "TyperCommand", "TyperGroup", "TyperOption", "UsageError", "answer_completion", "completion_script",
    "get_command_from_info", "get_current_context",
]  # fmt: skip

EXTRA = "Got unexpected extra argument(s) ("
"""The start of its message about words that a command has no argument for; ``)`` ends it."""


def answer_completion(root: TyperGroup, program: str, variable: str, instruction: str) -> int:
    """Write the answer to a shell's completion script to stdout; return the exit status it expects.

    The instruction is ``complete_bash``, ``complete_zsh`` or ``complete_fish``, which the script sets in the variable.
    """
    from typer._completion_classes import completion_init
    from typer.completion import shell_complete

    completion_init()
    return shell_complete(root, {}, program, variable, instruction)


def completion_script(program: str, variable: str, shell: str) -> str:
    """Return the completion script of a shell, which asks the program through this environment variable."""
    from typer._completion_shared import get_completion_script

    return get_completion_script(prog_name=program, complete_var=variable, shell=shell)
