"""Do nothing, with Typer, and be able to draw a table: what a table costs that nobody can save."""

import rich.table  # noqa: F401 - its import is what is measured
import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main() -> None:
    """Do nothing."""


if __name__ == "__main__":
    app()
