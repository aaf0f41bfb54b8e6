"""Fetch all of a query before anything is done with it, however much: nobody who writes waits for a reader's pipe.

The file is locked for writers as long as rows are fetched. A few are kept in memory, many in a private
file without a name, from which they are read as often as they are asked for.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO, cast

_IN_MEMORY = 5_000
"""Rows kept in memory, at most."""

_CHUNK = 1_000
_SIZE = 8
"""Bytes that say how long the piece after them is."""

_Row = tuple[Any, ...]


def fetch_all(rows: Iterable[_Row]) -> "list[_Row] | SpooledRows":
    """Fetch all the rows: a list of a few, and of many what can be gone through like one."""
    iterator = iter(rows)
    first = list(islice(iterator, _IN_MEMORY))
    return SpooledRows(first, iterator) if len(first) == _IN_MEMORY else first


class SpooledRows:
    """Many rows, kept outside of memory."""

    def __init__(self, first: list[_Row], rest: Iterator[_Row]) -> None:
        import marshal
        import tempfile

        self._file = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - closed when the rows are let go of
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
        """Return every row, from the first; one iteration at a time."""
        import marshal

        self._file.seek(0)
        while size := self._file.read(_SIZE):
            yield from marshal.loads(self._file.read(int.from_bytes(size)))  # noqa: S302 - written above, by nobody else
