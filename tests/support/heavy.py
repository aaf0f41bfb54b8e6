"""The number of repetitions in a test: few in the suite, many in the heavy part that follows it.

A test that does ``times(few, many)`` of something is marked ``heavy``, and each of random examples is by itself. The
heavy part runs those alone, as ``.ci/run`` does:

    CLIENTCTL_HEAVY=1 sh tests/run.sh -m heavy

Random examples are the same at every run, so that what passed passes; CLIENTCTL_HEAVY=anew draws others.
"""

import os
from typing import TypeVar

T = TypeVar("T")
ASKED = os.environ.get("CLIENTCTL_HEAVY")


def times(few: T, many: T) -> T:
    """Return one of two numbers or collections: the small one, or the large one in the heavy part."""
    return many if ASKED else few
