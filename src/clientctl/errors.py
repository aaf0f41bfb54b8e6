"""Name every failure a user can meet, with its code in JSON and its exit status.

A message is one line that names the thing and ends in the way out. It never says that
nothing was changed unless that is in doubt: no command that fails changes anything.
"""

from collections.abc import Sequence
from typing import ClassVar


class ClientctlError(Exception):
    """Stop the command with one line for the user, and perhaps a few lines under it."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 1

    def __init__(self, message: str, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)


class AbortedError(ClientctlError):
    """The user said no."""

    code = "aborted"


class UsageError(ClientctlError):
    """The command line can't be understood: an option, a value, a missing ``--yes``."""

    code = "usage"
    status = 2


class MissingParameterError(UsageError):
    """Something is missing that a person at a terminal is asked for: parameters of the command, one needed at least.

    A parameter is named as it is typed, ``--rate``, or by its metavar, ``CLIENT``; ``before`` is what comes before the
    answer. ``context`` is that of the command, put in where it is known.
    """

    def __init__(self, message: str, *parameters: str, before: str = "") -> None:
        super().__init__(message)
        self.parameters = parameters
        self.before = before
        self.context: object = None


class NotFoundError(ClientctlError):
    """A selector matched nothing, or an input file is not there."""

    code = "not_found"
    status = 3


class AmbiguousError(ClientctlError):
    """A selector matched several records; the details are the candidates."""

    code = "ambiguous"
    status = 4


class RefusedError(ClientctlError):
    """A rule forbids it: the message names the rule and the way out."""

    code = "refused"
    status = 5


class StorageError(ClientctlError):
    """The file can't be used: missing, not ours, newer, not writable, locked, disk full."""

    code = "storage"
    status = 6


class BadInputError(ClientctlError):
    """An input file can't be read as what it should be; the details are its bad lines."""

    code = "bad_input"
    status = 7
