"""How often a test repeats what it does: a few times in the suite, many times in the heavy part that follows it.

A test whose count is ``times(few, many)`` is marked ``heavy``. The heavy part runs those alone, as ``.ci/run`` does:

    CLIENTCTL_HEAVY=1 sh tests/run.sh -m heavy

Random examples are the same at every run, so that what passed passes; CLIENTCTL_HEAVY=anew draws others.
"""

import os

ASKED = os.environ.get("CLIENTCTL_HEAVY")


def times(few: int, many: int) -> int:
    """Return how often something is to be done: a few times, or many where the heavy part asks for it."""
    return many if ASKED else few
