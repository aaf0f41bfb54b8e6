"""Calendar entries, independent of any file format."""

from typing import NamedTuple


class Event(NamedTuple):
    """An all-day event: on an ISO day, and every year from then on if it is ``yearly``.

    ``uid`` is the same in every exported calendar; ``revised_at`` is the ISO instant in UTC of the
    last change to what it is about.
    """

    uid: str
    title: str
    on: str
    revised_at: str
    yearly: bool = False
