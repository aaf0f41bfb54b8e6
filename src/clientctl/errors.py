"""All errors shown to users, with their codes in JSON and exit statuses.

A message is one line that names the problem and ends with what to do. It says that nothing
was changed only where that is in doubt: no command that fails changes anything.
"""

from collections.abc import Sequence
from typing import ClassVar


class ClientctlError(Exception):
    """An error that ends the command with one line for the user, and optional lines of detail."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 1

    def __init__(self, message: str, details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)


class AbortedError(ClientctlError):
    """An answer of no to a question."""

    code = "aborted"


class UsageError(ClientctlError):
    """An invalid command line: an option, a value, a missing ``--yes``."""

    code = "usage"
    status = 2


class MissingParameterError(UsageError):
    """A missing parameter that a person at a terminal is asked for; of several, at least one is needed.

    A parameter is named as it is typed, ``--rate``, or by its metavar, ``CLIENT``; ``before`` is put before the
    answer. ``context`` is the command's, set by the framework.
    """

    def __init__(self, message: str, *parameters: str, before: str = "") -> None:
        super().__init__(message)
        self.parameters = parameters
        self.before = before
        self.context: object = None


class NotFoundError(ClientctlError):
    """A selector without a match, or a missing input file."""

    code = "not_found"
    status = 3


class AmbiguousError(ClientctlError):
    """A selector with several matches; the details are the candidates."""

    code = "ambiguous"
    status = 4


class RefusedError(ClientctlError):
    """An action that a rule forbids; the message names the rule and what to do."""

    code = "refused"
    status = 5


class StorageError(ClientctlError):
    """An unusable database: missing, of another program, newer, not writable, locked, disk full."""

    code = "storage"
    status = 6


class BadInputError(ClientctlError):
    """An invalid input file; the details are its bad lines."""

    code = "bad_input"
    status = 7
