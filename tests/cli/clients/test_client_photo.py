"""The `client photo` command: set, show, save and remove."""

import io
from pathlib import Path

import looking
import pytest
import terminal
from PIL import Image

from clientctl.store import attachments

HOME = {"CLIENTCTL_TODAY": "2026-03-01", "CLIENTCTL_NOW": "2026-03-01T09:00:00Z"}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    Image.new("RGB", (2000, 1000), "red").save("red.jpg")
    Image.new("RGB", (40, 60), "blue").save("blue.png")


def size(path: Path | str) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def test_a_photo_is_set_shown_by_its_path_saved_and_taken_away(do, practice) -> None:
    before = looking.dump_file(practice)
    assert do("client", "photo", "1", "red.jpg").err == "Set the photo of Zoé Müller (1)\n"
    path = Path(do("client", "photo", "zoé").out.removesuffix("\n"))
    assert path.parent == attachments.folder_of(practice)
    assert size(path) == (1024, 512)
    assert do("client", "photo", "1", "--json").json == {"id": 1, "path": str(path)}
    assert do("client", "photo", "1", "red.jpg").err == "Zoé Müller (1) already has this photo\n"
    assert do("client", "photo", "1", "--save", "copy.jpg").err == "Wrote copy.jpg\n"
    assert Path("copy.jpg").read_bytes() == path.read_bytes()
    assert do("client", "photo", "1", "--save", "copy.jpg").status == 5
    assert do("client", "photo", "1", "--save", "copy.jpg", "--force").status == 0
    assert do("client", "list", "--columns", "id,photo", "--json").json[-1] == {"id": 1, "photo": True}
    set_ = looking.dump_file(practice)
    assert do("client", "photo", "1", "--remove", "--yes").err == "Removed the photo of Zoé Müller (1)\n"
    assert do("client", "photo", "1").status == 3
    assert do("undo").status == 0
    assert looking.dump_file(practice) == set_
    assert do("client", "photo", "1").out == f"{path}\n"
    assert do("undo").status == 0
    assert looking.dump_file(practice) == before
    assert path.exists()


def test_an_older_photo_is_shown_of_the_past(do) -> None:
    do("client", "photo", "1", "red.jpg")
    red = do("client", "photo", "1").out
    do("client", "photo", "1", "blue.png")
    last = do("log", "--limit", "1", "-q").out.strip()
    assert do("client", "photo", "1").out != red
    assert do("client", "photo", "1", "--as-of", last).out == red
    assert do("client", "photo", "1", "--save", "then.jpg", "--as-of", last).status == 0
    assert size("then.jpg") == (1024, 512)


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["1"], 3, "Zoé Müller has no photo"),
        (["1", "--remove", "--yes"], 3, "no photo"),
        (["1", "--save", "x.jpg"], 3, "no photo"),
        (["2", "--remove"], 2, "Ana Dubois's photo would be removed: confirm with --yes"),
        (["1", "missing.jpg"], 3, "no file"),
        (["1", "text.jpg"], 7, "'text.jpg' is not a known picture format"),
        (["1", "half.jpg"], 7, "'half.jpg' is broken"),
        (["1", "/dev/zero"], 7, "not a regular file"),
        (["1", "red.jpg", "--remove"], 2, "don't go together"),
        (["1", "red.jpg", "--force"], 2, "--force goes with --save"),
        (["nobody", "red.jpg"], 3, "'nobody'"),
        (["1", "red.jpg", "--as-of", "#3"], 2, "--as-of"),
        (["2", "--remove", "--as-of", "#3"], 2, "--as-of"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(do, practice, typed, status, says) -> None:
    Path("text.jpg").write_text("hello")
    Path("half.jpg").write_bytes(Path("red.jpg").read_bytes()[:3000])
    do("client", "photo", "2", "blue.png")
    before = looking.dump_file(practice), looking.files(practice)
    done = do("client", "photo", *typed)
    assert (done.status, done.out, done.err) == (status, "", "")
    assert says in done.error.message
    assert (looking.dump_file(practice), looking.files(practice)) == before


def test_a_photo_moves_a_client_in_the_list(do) -> None:
    do("client", "photo", "2", "red.jpg")
    assert do("client", "list", "-q").lines[-1] == "2"


def test_a_dry_run_keeps_no_file(do, practice) -> None:
    assert do("client", "photo", "1", "red.jpg", "-n").status == 0
    assert not attachments.folder_of(practice).exists()


@pytest.mark.parametrize(
    ("variables", "begins"),
    [
        ({"TERM": "xterm-kitty"}, "\x1b_Ga=T,f=100,"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "\x1b]1337;File=inline=1;"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "\x1b[38;2;0;0;254;48;2;0;0;254m▀"),
    ],
)
def test_a_terminal_that_can_shows_the_photo(do, practice, variables, begins) -> None:
    do("client", "photo", "1", "blue.png")
    seen = terminal.run("client", "photo", "1", NO_COLOR=None, CLIENTCTL_DB=str(practice), **HOME, **variables)
    assert (seen.status, seen.shown.startswith(begins)) == (0, True)
    if begins.endswith("▀"):
        lines = seen.shown.splitlines()
        assert len(lines) <= 24
        assert {line.count("▀") for line in lines} == {32}


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"TERM": "xterm-kitty", "NO_COLOR": "1"}])
def test_any_other_terminal_gets_the_path(do, practice, variables) -> None:
    do("client", "photo", "1", "blue.png")
    given = {"NO_COLOR": None} | variables
    seen = terminal.run("client", "photo", "1", width=500, CLIENTCTL_DB=str(practice), **HOME, **given)
    assert (seen.status, seen.shown) == (0, do("client", "photo", "1").out)


def test_removing_asks_on_a_terminal(do, practice) -> None:
    do("client", "photo", "1", "blue.png")
    seen = terminal.run("client", "photo", "1", "--remove", typed="n\n", CLIENTCTL_DB=str(practice), **HOME)
    assert (seen.status, "Zoé Müller's photo would be removed. Remove it?" in seen.shown) == (1, True)
    assert do("client", "photo", "1").status == 0


def test_a_damaged_photo_is_found_and_not_shown(do, practice) -> None:
    do("client", "photo", "1", "blue.png")
    path = Path(do("client", "photo", "1").out.strip())
    other = io.BytesIO()
    Image.new("RGB", (9, 9)).save(other, "JPEG")
    path.write_bytes(other.getvalue())
    assert do("db", "verify").out == f"clients\t1\tphoto\tthe file {path.name} is not what was kept\n"
    assert do("client", "photo", "1", "--save", "copy.jpg").status == 6
    assert not Path("copy.jpg").exists()
