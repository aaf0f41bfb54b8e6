"""Fetch all rows of a query before they are used, so that no writer waits for a slow reader of the output.

The file is locked for writers while rows are fetched. A few rows are kept in memory, many in an unnamed
private file, from which they can be read again and again.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO, cast

_IN_MEMORY = 5_000
"""The maximum number of rows kept in memory."""

_CHUNK = 1_000
_SIZE = 8
"""The number of bytes of the length before each piece."""

_Row = tuple[Any, ...]


def fetch_all(rows: Iterable[_Row]) -> "list[_Row] | SpooledRows":
    """Fetch all rows; return a list, or an iterable with a length if there are many."""
    iterator = iter(rows)
    first = list(islice(iterator, _IN_MEMORY))
    return SpooledRows(first, iterator) if len(first) == _IN_MEMORY else first


class SpooledRows:
    """Many rows, stored in a temporary file."""

    def __init__(self, first: list[_Row], rest: Iterator[_Row]) -> None:
        import marshal
        import tempfile

        self._file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - closed with the object
        self._length = 0
        while first:
            self._length += len(first)
            # In pieces of a known size: marshal.load() asks the file for every few bytes.
            piece = marshal.dumps(first)
            self._file.write(len(piece).to_bytes(_SIZE))
            self._file.write(piece)
            first = list(islice(rest, _CHUNK))

    def __del__(self) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[_Row]:
        """Yield all rows from the first; only one iteration at a time."""
        import marshal

        self._file.seek(0)
        while size := self._file.read(_SIZE):
            yield from marshal.loads(self._file.read(int.from_bytes(size)))  # noqa: S302 - written above, by nobody else
