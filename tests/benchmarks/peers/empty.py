"""Do nothing, with Typer: what a start costs that nobody can save."""

import typer

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main() -> None:
    """Do nothing."""


if __name__ == "__main__":
    app()
