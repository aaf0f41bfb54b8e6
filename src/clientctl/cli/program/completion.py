"""The `completion` commands: nouns, verbs, options and values completed in the shell.

A shell's script calls the program with ``_CLIENTCTL_COMPLETE`` and the line typed so far in the
environment. Scripts and protocol are typer's.
"""

import typer

from clientctl.cli.framework.click import completion_script
from clientctl.cli.framework.commands import COMPLETE, PROGRAM, Command, noun

app = noun(
    """Shell completion.

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


def _print_script(shell: str) -> None:
    typer.echo(completion_script(PROGRAM, COMPLETE, shell))
