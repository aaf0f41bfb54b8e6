"""Name files by the day they are made on, and keep the latest of them."""

import re
from datetime import date
from pathlib import Path

from clientctl.errors import UsageError

PLACEHOLDER = "{today}"
"""What stands in the name of a file for the day."""


def path_for(pattern: Path, today: date) -> Path:
    """Return the file that a pattern means today."""
    return Path(str(pattern).replace(PLACEHOLDER, today.isoformat()))


def check_pattern(pattern: Path) -> None:
    """Check that files named by a pattern can be told apart by their days, in one folder. Raise UsageError."""
    if pattern.name.count(PLACEHOLDER) != 1 or PLACEHOLDER in str(pattern.parent):
        raise UsageError(
            f"--keep needs a day in the name of the file, once: say 'clients-{PLACEHOLDER}{pattern.suffix}'"
        )


def list_old(pattern: Path, keep: int, today: date) -> list[Path]:
    """List the files that a pattern meant before today but for the latest, ``keep`` with today's.

    Those of days to come are of a clock that was wrong, then or now: they are neither listed nor counted.
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
