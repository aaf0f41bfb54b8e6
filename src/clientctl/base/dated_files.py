"""Files named by the day they are made on, of which the latest are kept."""

import re
from datetime import date
from pathlib import Path

from clientctl.base.words import say
from clientctl.errors import UsageError

PLACEHOLDER = "{today}"
"""The placeholder for the day in a file name."""


def path_for(pattern: Path, today: date) -> Path:
    """Return the path that a pattern stands for today."""
    return Path(str(pattern).replace(PLACEHOLDER, today.isoformat()))


def check_pattern(pattern: Path) -> None:
    """Raise UsageError unless a pattern has the day once, in the name of the file, not of a folder."""
    if pattern.name.count(PLACEHOLDER) != 1 or PLACEHOLDER in str(pattern.parent):
        raise UsageError(
            say(
                "--keep needs a day in the name of the file, once: use 'clients-{placeholder}{suffix}'",
                placeholder=PLACEHOLDER,
                suffix=pattern.suffix,
            )
        )


def list_old(pattern: Path, keep: int, today: date) -> list[Path]:
    """List the files of earlier days that are beyond the newest ``keep``, today's included.

    Files of future days come from a wrong clock, then or now: they are neither listed nor counted.
    """
    before, _, after = pattern.name.partition(PLACEHOLDER)
    form = re.compile(f"{re.escape(before)}([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){re.escape(after)}")
    found = []
    for file in pattern.parent.iterdir():
        match = form.fullmatch(file.name)
        if match and _is_before(match[1], today) and file.is_file() and not file.is_symlink():
            found.append((match[1], file))
    return [file for _, file in sorted(found, reverse=True)[keep - 1 :]]


def _is_before(text: str, today: date) -> bool:
    try:
        return date.fromisoformat(text) < today
    except ValueError:
        return False
