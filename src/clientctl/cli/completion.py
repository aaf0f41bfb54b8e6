"""Complete nouns, verbs, options and their values in the shell.

The script of a shell calls the program again, with ``_CLIENTCTL_COMPLETE`` and what has been
typed so far in the environment. Scripts and protocol are typer's.
"""

import typer
from typer.core import TyperGroup

from clientctl.cli.options import COMPLETE, PROGRAM, Command, noun

app = noun(
    """Completion for your shell.

    Examples:
      clientctl completion bash
    """
)


@app.command("bash", cls=Command)
def bash() -> None:
    """Print the completion script for bash.

    Load it in ~/.bashrc:  source <(clientctl completion bash)

    Examples:
      clientctl completion bash
    """
    _print_script("bash")


@app.command("zsh", cls=Command)
def zsh() -> None:
    """Print the completion script for zsh.

    Load it in ~/.zshrc, after compinit:  source <(clientctl completion zsh)

    Examples:
      clientctl completion zsh
    """
    _print_script("zsh")


@app.command("fish", cls=Command)
def fish() -> None:
    """Print the completion script for fish.

    Load it once:  clientctl completion fish > ~/.config/fish/completions/clientctl.fish

    Examples:
      clientctl completion fish
    """
    _print_script("fish")


def complete(root: TyperGroup, instruction: str) -> int:
    """Answer the shell's completion script on stdout; return the exit status it expects.

    The instruction is ``complete_bash``, ``complete_zsh`` or ``complete_fish``.
    """
    from typer._completion_classes import completion_init
    from typer.completion import shell_complete

    completion_init()
    return shell_complete(root, {}, PROGRAM, COMPLETE, instruction)


def _print_script(shell: str) -> None:
    from typer._completion_shared import get_completion_script

    typer.echo(get_completion_script(prog_name=PROGRAM, complete_var=COMPLETE, shell=shell))
