"""UIDs of clients: UUIDs made of the file and the id, so that no other program's number is mistaken for one.

They have version 8, whose digits are free: fifteen random ones of the file, then the id.
"""

from clientctl.base.text import pattern, quoted
from clientctl.base.words import say
from clientctl.errors import UsageError

UID = "uid"
"""The name of the column in files: only the file that they come from recognizes clients by it."""

_FILE_DIGITS = "[0-9a-f]{16}"
_UID = r"([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-8([0-9a-f]{3})-([0-9a-f]{12})"


def is_of_file(text: str) -> bool:
    """Return whether a text can be the digits that identify a file."""
    return pattern(_FILE_DIGITS).fullmatch(text) is not None


def prefix_of(of_file: str) -> str:
    """Return the prefix of the UIDs of all clients of a file."""
    return f"{of_file[:8]}-{of_file[8:12]}-8{of_file[12:15]}-8"


def make_uid(of_file: str, client_id: int) -> str:
    """Return the UID of a client of the file with those digits."""
    number = f"{client_id:015x}"
    return f"{prefix_of(of_file)}{number[:3]}-{number[3:]}"


def normalize(named: str) -> str | None:
    """Return a client's UID of any file in the form that is compared; None for any other text."""
    text = named.strip().lower().removeprefix("urn:uuid:")
    return text if pattern(_UID).fullmatch(text) else None


def file_part(named: str) -> str:
    """Return the part of a normalized UID that identifies the file."""
    return named[: len(prefix_of("0" * 16))]


def check(named: str) -> None:
    """Raise UsageError for anything but a normalized UID of a client."""
    if normalize(named) != named:
        raise UsageError(say("{named} is not the UID of a client", named=quoted(named)))


def client_id_of(of_file: str, named: str) -> int | None:
    """Return the id in the UID of a client of that file; None for any other text."""
    match = pattern(_UID).fullmatch(normalize(named) or "")
    if match is None or "".join(match.groups()[:3]) != of_file[:15]:
        return None
    return int(match[4] + match[5], 16)
