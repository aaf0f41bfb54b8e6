"""Open a file from elsewhere: an ordinary one under a cap, and nothing else, without ever waiting for it."""

import os
import socket
from pathlib import Path

import pytest

from clientctl.base.input_files import open_ordinary
from clientctl.errors import BadInputError, NotFoundError


def test_an_ordinary_file_is_lent_from_its_start(tmp_path):
    path = tmp_path / "ü.pdf"
    path.write_bytes(b"hello")
    with open_ordinary(path, 5) as file:
        assert file.read() == b"hello"
        file.seek(0)
        assert file.read() == b"hello"


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link(path: Path) -> None:
    path.symlink_to(__file__)


def broken_link(path: Path) -> None:
    path.symlink_to("nowhere")


def listener(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def big(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(6 << 30)  # a sparse file: it takes no room


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (folder, "is a folder"),
        (pipe, "not a regular file"),
        (listener, "not a regular file"),
        (link, "is a link: name the file it points to"),
        (broken_link, "is a link"),
        (big, "is over 100 MB"),
    ],
)
def test_everything_else_is_refused(tmp_path, monkeypatch, make, says):
    monkeypatch.chdir(tmp_path)  # the name of a socket has to be short
    make(Path("x\x1b"))
    with pytest.raises(BadInputError, match=says) as caught, open_ordinary(Path("x\x1b"), 100 << 20):
        pass
    assert "\x1b" not in caught.value.message


@pytest.mark.parametrize("path", ["/dev/null", "/dev/tty", "/dev/zero"])
def test_a_device_is_not_opened(path):
    with pytest.raises(BadInputError), open_ordinary(Path(path), 100):
        pass


@pytest.mark.parametrize("name", ["nothing", "file/x"])
def test_a_file_that_is_not_there(tmp_path, name):
    (tmp_path / "file").touch()
    with pytest.raises(NotFoundError, match="check its name and folder"), open_ordinary(tmp_path / name, 100):
        pass
