"""Name a client so that no other program's number is taken for it: by the file and the id, as a UUID.

It is one of version 8, whose digits are free: fifteen of the file's own random ones, then the id.
"""

import re

from clientctl.base.text import quoted
from clientctl.errors import UsageError

UID = "uid"
"""What the name of a client goes by in files: only their own file knows them by it."""

FILE_DIGITS = re.compile("[0-9a-f]{16}")
"""The digits that tell a file from others."""

_UID = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-8([0-9a-f]{3})-([0-9a-f]{12})")


def prefix_of(of_file: str) -> str:
    """Return what the names of all clients of a file begin with."""
    return f"{of_file[:8]}-{of_file[8:12]}-8{of_file[12:15]}-8"


def make_uid(of_file: str, client_id: int) -> str:
    """Name a client of the file that has those digits."""
    number = f"{client_id:015x}"
    return f"{prefix_of(of_file)}{number[:3]}-{number[3:]}"


def normalize(named: str) -> str | None:
    """Return the name of a client, of whatever file, as it is compared; None for any other text."""
    text = named.strip().lower().removeprefix("urn:uuid:")
    return text if _UID.fullmatch(text) else None


def file_part(named: str) -> str:
    """Give of the name of a client, as it is compared, what names the file."""
    return named[: len(prefix_of("0" * 16))]


def check(named: str) -> None:
    """Raise UsageError for what is no name of a client as it is compared."""
    if normalize(named) != named:
        raise UsageError(f"{quoted(named)} names no client of any file")


def client_id_of(of_file: str, named: str) -> int | None:
    """Return the id in the name of a client of that file; None for any other text."""
    match = _UID.fullmatch(normalize(named) or "")
    if match is None or "".join(match.groups()[:3]) != of_file[:15]:
        return None
    return int(match[4] + match[5], 16)
