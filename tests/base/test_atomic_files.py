import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import clientctl
from clientctl.base.atomic_files import replace_file
from clientctl.errors import RefusedError, StorageError

SOURCE = str(Path(clientctl.__file__).parents[1])


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def write(path, data=b"new", *, force=False):
    with replace_file(path, force=force) as file:
        file.write(data)


def test_a_file_appears_whole_for_its_owner_alone(tmp_path):
    target = tmp_path / "clients.csv"
    with replace_file(target, force=False) as file:
        file.write(b"new")
        assert not target.exists()
        assert [name for name in names(tmp_path) if not name.startswith(".clients.csv.")] == []
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o600
    assert names(tmp_path) == ["clients.csv"]


def test_a_file_already_there_needs_force(tmp_path):
    target = tmp_path / "clients.csv"
    target.write_bytes(b"old")
    with pytest.raises(RefusedError, match=r"clients\.csv' already exists; --force replaces it"):
        write(target)
    assert target.read_bytes() == b"old"
    write(target, force=True)
    assert target.read_bytes() == b"new"


def test_a_file_made_meanwhile_is_not_overwritten(tmp_path):
    target = tmp_path / "clients.csv"
    with pytest.raises(RefusedError, match="already exists"), replace_file(target, force=False):
        target.write_bytes(b"someone else's")
    assert target.read_bytes() == b"someone else's"
    assert names(tmp_path) == ["clients.csv"]


def half_written(file, error):
    file.write(b"half")
    raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_whatever_goes_wrong_the_old_file_stays(tmp_path, error):
    target = tmp_path / "clients.csv"
    target.write_bytes(b"old")
    with pytest.raises(error), replace_file(target, force=True) as file:
        half_written(file, error)
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["clients.csv"]


def test_a_full_disk_leaves_the_old_file(tmp_path):
    target = tmp_path / "clients.csv"
    target.write_bytes(b"old")
    with (
        pytest.raises(StorageError, match="disk full; nothing was changed") as caught,
        replace_file(target, force=True),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert str(target) in caught.value.message
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["clients.csv"]


def test_a_file_too_large_leaves_the_old_one(tmp_path):
    target = tmp_path / "clients.csv"
    target.write_bytes(b"old")
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from clientctl.errors import StorageError\n"
        "from clientctl.base.atomic_files import replace_file\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    with replace_file(Path(sys.argv[1]), force=True) as file: file.write(b'x' * 5000)\n"
        "except StorageError as error: sys.exit(error.message)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, target],
        env={"PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "nothing was changed" in result.stderr
    assert target.read_bytes() == b"old"
    assert names(tmp_path) == ["clients.csv"]


def test_a_killed_process_leaves_the_old_file_and_the_next_one_tidies_up(tmp_path):
    target = tmp_path / "clients.csv"
    target.write_bytes(b"old")
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from clientctl.base.atomic_files import replace_file\n"
        "with replace_file(Path(sys.argv[1]), force=True) as file:\n"
        "    file.write(b'half'); file.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    result = subprocess.run([sys.executable, "-c", code, target], env={"PYTHONPATH": SOURCE}, check=False)
    assert result.returncode == -signal.SIGKILL
    assert target.read_bytes() == b"old"
    assert len(names(tmp_path)) == 2
    bystanders = [
        ".clients.csv.tmp",
        ".clients.csv.x.tmp",
        f".clients.csv.{os.getppid()}.tmp",
        ".other.csv.999999.tmp",
    ]
    for name in bystanders:
        (tmp_path / name).write_bytes(b"")
    write(target, force=True)
    assert target.read_bytes() == b"new"
    assert names(tmp_path) == sorted([*bystanders, "clients.csv"])


def test_a_symbolic_link_stays_and_its_file_is_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    real = tmp_path / "folder" / "real.csv"
    real.write_bytes(b"old")
    link = tmp_path / "link.csv"
    link.symlink_to(real)
    with pytest.raises(RefusedError):
        write(link)
    write(link, force=True)
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


@pytest.mark.parametrize("path", ["folder", "/dev/null", "missing/clients.csv", "file/clients.csv", "n" * 300])
def test_a_place_where_no_file_can_be(tmp_path, path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    before = names(tmp_path)
    with pytest.raises(StorageError) as caught:
        write(tmp_path / path, force=True)
    assert "\n" not in caught.value.message
    assert Path(path).name[:40] in caught.value.message
    assert names(tmp_path) == before


def test_the_error_shows_a_hostile_name_inert(tmp_path):
    with pytest.raises(StorageError) as caught:
        write(tmp_path / "missing\x1b[31m" / "x")
    assert "\x1b" not in caught.value.message


@pytest.mark.parametrize("name", ["clients.db", "linked.csv", "clients.db-journal", "clients.db-wal"])
def test_a_database_and_what_belongs_to_it_is_never_replaced(tmp_path, name):
    database = tmp_path / "clients.db"
    database.write_bytes(b"SQLite format 3\0 and so on")
    (tmp_path / "linked.csv").symlink_to(database)
    with pytest.raises(RefusedError, match="name another file"):
        write(tmp_path / name, force=True)
    assert database.read_bytes() == b"SQLite format 3\0 and so on"
    assert names(tmp_path) == ["clients.db", "linked.csv"]
    with replace_file(database, force=True, over_database=True) as file:
        file.write(b"another")
    assert database.read_bytes() == b"another"
