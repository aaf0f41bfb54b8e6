"""Export and import a whole practice: every row as it is stored."""

import base64
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from clientctl.base.practice_format import FORMAT, ExportPiece, PracticeExport
from clientctl.base.text import quoted
from clientctl.base.uids import is_of_file
from clientctl.base.words import say
from clientctl.domain.practice import payment_types
from clientctl.domain.shared import client_uids
from clientctl.domain.transfer import validation
from clientctl.errors import BadInputError, RefusedError
from clientctl.store import Reader, Writer, attachments, migrations, transfer

_CHUNK = 48 << 10
"""Bytes of a file in one piece of text: a multiple of three, which base64 takes whole."""


_MOST_IN_HEAD = 20
"""Things said before the tables; what says more is nothing of ours."""


class ImportResult(NamedTuple):
    """The counts of an import: clients, rows, attached files, and files that are named and missing."""

    clients: int
    rows: int
    files: int
    missing: int


def whole(db: Reader, *, with_files: bool = False) -> PracticeExport:
    """Return every row of every table, read lazily, with the attached files if asked for."""
    tables = ((name, transfer.rows(db, name)) for name in transfer.NAMES)
    digests = sorted(attachments.named_digests(db.connection) if with_files else ())
    here = (each for each in digests if attachments.is_whole(db.path, each))
    return PracticeExport(
        migrations.VERSION,
        db.today.isoformat(),
        client_uids.line(db),
        transfer.numbers(db),
        tables,
        ((digest, _pieces(db.path, digest)) for digest in here),
    )


def _pieces(path: Path, digest: str) -> Iterator[str]:
    with attachments.open_verified(path, digest) as file:
        while chunk := file.read(_CHUNK):
            yield base64.b64encode(chunk).decode()


def load(db: Writer, pieces: Iterable[ExportPiece]) -> ImportResult:
    """Import everything into a new file. Raise BadInputError, and RefusedError if it is not empty."""
    _check_new(db)
    stream = iter(pieces)
    head = _head(stream)
    held: dict[str, BinaryIO] = {}
    with ExitStack() as stack:
        landing = stack.enter_context(closing(transfer.StagingDatabase(head["schema"])))
        stack.callback(lambda: [file.close() for file in held.values()])
        seen: set[str] = set()
        files = 0
        for piece in stream:
            if piece.part == "tables" and piece.name in landing.tables:
                seen.add(piece.name)
                if piece.value is not None:
                    landing.add(piece.name, piece.value)
            elif piece.part == "files":
                files += _take_file(db, piece, held)
            else:
                what = say("no table") if piece.part == "tables" else say("no part")
                raise BadInputError(
                    say(
                        "{name} is {what} that export json writes there; {hint}",
                        name=quoted(piece.name),
                        what=what,
                        hint=say(transfer.HINT),
                    )
                )
        if lacking := [name for name in landing.tables if name not in seen]:
            raise BadInputError(
                say(
                    "the table {lacking} is missing: is the file whole? {hint}",
                    lacking=lacking[0],
                    hint=say(transfer.HINT),
                )
            )
        landing.finish()
        counts = landing.copy_into(db, head["numbers"], partial(validation.checker, db))
    validation.check_together(db)
    if head.get("line"):
        transfer.adopt_lineage(db, head["line"])
    named = attachments.named_digests(db.connection)
    missing = sum(not attachments.is_whole(db.path, digest) for digest in named)
    return ImportResult(counts["clients"], sum(counts.values()), files, 0 if db.dry_run else missing)


_BEGUN = {transfer.COMMANDS: None, "settings": None, "staff": 1, "payment_types": len(payment_types.STANDARD)}
"""How many rows of a table a new file may have; None is any."""


def _check_new(db: Reader) -> None:
    """Check that the file has only what `db init` and `config set` create."""
    for name in transfer.NAMES:
        most = _BEGUN.get(name, 0)
        if most is not None and db.value(f"SELECT count(*) FROM {name}") > most:
            new = say("make a new file with `clientctl db init --db NEW.db`, and import there")
            raise RefusedError(
                say(
                    "{path} is in use, it has {replace} of its own: {new}",
                    path=db.path,
                    replace=name.replace("_", " "),
                    new=new,
                )
            )


def _head(stream: Iterator[ExportPiece]) -> dict[str, Any]:
    """Read what comes before the tables: the format, the version of the schema, the numbers that were used."""
    head: dict[str, Any] = {}
    for piece in stream:
        head[piece.name] = piece.value
        if piece.name == "numbers" or len(head) > _MOST_IN_HEAD:
            break
    form, schema, used = head.get("clientctl"), head.get("schema"), head.get("numbers")
    if form != FORMAT or type(form) is not int:
        raise BadInputError(say('it is not what export json writes: that begins with "clientctl": 1'))
    if type(schema) is not int or schema < 1 or schema > migrations.VERSION:
        there = say("this program knows 1 to {version}: update clientctl", version=migrations.VERSION)
        raise BadInputError(say("its tables are of version {schema}, {there}", schema=str(schema)[:20], there=there))
    if not isinstance(used, dict) or any(type(last) is not int or last < 0 for last in used.values()):
        raise BadInputError(say("its numbers are not whole numbers by table; {hint}", hint=say(transfer.HINT)))
    line = head.get("line", "0" * 16)
    if not isinstance(line, str) or not is_of_file(line):
        raise BadInputError(say("its line is not 16 digits from 0 to f; {hint}", hint=say(transfer.HINT)))
    return head


def _take_file(db: Writer, piece: ExportPiece, held: dict[str, BinaryIO]) -> int:
    """Collect the pieces of an attached file, and store it once it is complete; return how many are stored."""
    import binascii

    if piece.value is not None:
        file = held.get(piece.name) or held.setdefault(piece.name, _private_file())
        try:
            file.write(base64.b64decode(piece.value, validate=True))
        except (binascii.Error, TypeError, ValueError):
            raise BadInputError(
                say("the file {name} is no base64; {hint}", name=piece.name[:64], hint=say(transfer.HINT))
            ) from None
        if file.tell() > attachments.MOST_BYTES:
            raise BadInputError(
                say(
                    "the file {name} is over {most_bytes} MB; {hint}",
                    name=piece.name[:64],
                    most_bytes=attachments.MOST_BYTES >> 20,
                    hint=say(transfer.HINT),
                )
            )
        return 0
    with held.pop(piece.name, None) or _private_file() as file:
        file.seek(0)
        kept = attachments.store(db.path, file, dry_run=db.dry_run)
    if kept.digest != piece.name:
        raise BadInputError(
            say("the file {name} is not what its name says; {hint}", name=piece.name[:64], hint=say(transfer.HINT))
        )
    return 1


def _private_file() -> BinaryIO:
    import tempfile

    return cast(BinaryIO, tempfile.TemporaryFile())
