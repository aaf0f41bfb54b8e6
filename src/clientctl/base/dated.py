"""Name files by the day they are made on, and keep the latest of them."""

import re
from datetime import date
from pathlib import Path

from clientctl.errors import UsageError

MARK = "{today}"
"""What stands in the name of a file for the day."""


def named(pattern: Path, today: date) -> Path:
    """Give the file that a pattern means today."""
    return Path(str(pattern).replace(MARK, today.isoformat()))


def check(pattern: Path) -> None:
    """Check that files named by a pattern can be told apart by their days, in one folder. Raise UsageError."""
    if pattern.name.count(MARK) != 1 or MARK in str(pattern.parent):
        raise UsageError(f"--keep needs a day in the name of the file, once: say 'clients-{MARK}{pattern.suffix}'")


def old(pattern: Path, keep: int, written: Path) -> list[Path]:
    """List the files that a pattern has meant on other days but for the latest, ``keep`` with the one just written."""
    before, _, after = pattern.name.partition(MARK)
    form = re.compile(f"{re.escape(before)}([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){re.escape(after)}")
    found = []
    for file in pattern.parent.iterdir():
        match = form.fullmatch(file.name)
        if match and file.name != written.name and _is_day(match[1]) and file.is_file() and not file.is_symlink():
            found.append((match[1], file))
    return [file for _, file in sorted(found, reverse=True)[keep - 1 :]]


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
