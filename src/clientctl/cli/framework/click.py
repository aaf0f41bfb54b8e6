"""Typer's private parts, in one place: the copy of click that it carries, and the scripts of completion.

Nothing else imports them, so that a Typer which names or keeps them otherwise changes this file alone.
"""

from typer._click import Command as ClickCommand
from typer._click import Context, HelpFormatter, Parameter
from typer._click.exceptions import MissingParameter, NoArgsIsHelpError, NoSuchOption, UsageError
from typer._click.globals import get_current_context
from typer._click.shell_completion import CompletionItem
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command_from_info
from typer.models import CommandInfo

__all__ = [
    "EXTRA", "ClickCommand", "CommandInfo", "CompletionItem", "Context", "HelpFormatter", "MissingParameter",
    "NoArgsIsHelpError", "NoSuchOption", "Parameter", "TyperArgument", "TyperCommand", "TyperGroup", "TyperOption",
    "UsageError", "answer_completion", "completion_script", "get_command_from_info", "get_current_context",
]  # fmt: skip

EXTRA = "Got unexpected extra argument(s) ("
"""What it says before the words, and a ``)``, for which a command has no place."""


def answer_completion(root: TyperGroup, program: str, variable: str, instruction: str) -> int:
    """Answer a shell's completion script on stdout; return the exit status it expects.

    The instruction is ``complete_bash``, ``complete_zsh`` or ``complete_fish``, as the script sets it in the variable.
    """
    from typer._completion_classes import completion_init
    from typer.completion import shell_complete

    completion_init()
    return shell_complete(root, {}, program, variable, instruction)


def completion_script(program: str, variable: str, shell: str) -> str:
    """Return the script that makes a shell ask the program, by this environment variable, how a line may go on."""
    from typer._completion_shared import get_completion_script

    return get_completion_script(prog_name=program, complete_var=variable, shell=shell)
