"""Try what is named on each of some databases, without the powers of root, and print what happened as JSON.

Arguments: a database to try everything on beforehand, while every module can still be imported; then pairs of
a path and a name.
"""

import json
import os
import sys
from pathlib import Path

from clientctl.domain.session import database_file, opened
from clientctl.errors import ClientctlError

NOBODY = 65534


def read(path: Path) -> str:
    with opened.reading(path) as db:
        return str(db.value("SELECT name FROM staff"))


def write(path: Path) -> None:
    with opened.writing(path, "label add") as db:
        db.insert("labels", kind="custom", name=path.name, name_key=path.name)


def back_up(path: Path) -> None:
    with opened.reading(path) as db:
        database_file.back_up(db, None, force=True)


def init(path: Path) -> None:
    opened.initialize(path, "Ana Müller", {})


def tried(path: Path, name: str) -> str:
    try:
        return {"read": read, "write": write, "backup": back_up, "init": init}[name](path) or "done"
    except ClientctlError as error:
        return f"{type(error).__name__}: {error.message}"


if __name__ == "__main__":
    warm_up, *asked = sys.argv[1:]
    for name in ("read", "write", "backup", "init"):
        tried(Path(warm_up), name)
    tried(Path(warm_up).with_name("new.db"), "init")
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    print(json.dumps([tried(Path(path), name) for path, name in zip(asked[::2], asked[1::2], strict=True)]))
