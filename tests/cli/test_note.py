"""Type commands about notes: as an argument, on standard input, in an editor."""

import os
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import terminal
from program import PATIENCE, PROGRAM, environment
from program import run as run_program

HOME = {"CLIENTCTL_TODAY": "2026-03-01", "CLIENTCTL_NOW": "2026-03-01T09:00:00Z"}


def texts(do) -> list[str]:
    return [record["text"] for record in do("note", "list", "--json").json]


@pytest.fixture
def noted(do, practice, once):
    """Write three notes: on Zoé, twice on Ana."""

    def fill() -> None:
        do("note", "add", "zoe@example.com", "Prefers mornings")
        do("note", "add", "Ana Dubois", "Genou opéré", "--type", "call", "--label", "VIP")
        do("note", "add", "2", "-", "--type", "meeting", stdin="First line\n\nSecond line\n")

    once(practice, fill)
    return do


# -- add, list ------------------------------------------------------------------------------------


def test_notes_are_added_and_listed_across_clients(noted) -> None:
    assert noted("note", "list", "--json").json == [
        {"id": 1, "client": "Zoé Müller", "type": "general", "text": "Prefers mornings", "by": "Ana Müller",
         "at": "2026-03-01T09:00:00Z", "label": None},
        {"id": 2, "client": "Ana Dubois", "type": "call", "text": "Genou opéré", "by": "Ana Müller",
         "at": "2026-03-01T09:00:00Z", "label": "VIP"},
        {"id": 3, "client": "Ana Dubois", "type": "meeting", "text": "First line\n\nSecond line", "by": "Ana Müller",
         "at": "2026-03-01T09:00:00Z", "label": None},
    ]  # fmt: skip
    assert noted("note", "list", "--columns", "text").lines[2] == "First line  Second line"
    assert noted("note", "add", "1", "More").err == "Added note 4 (Zoé Müller)\n"


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        (["ana dub"], "2 3"),
        (["1"], "1"),
        (["--type", "call"], "2"),
        (["--type", "call", "--type", "meeting"], "2 3"),
        (["--search", "GENÓU oper"], "2"),
        (["ana", "--search", "line"], "3"),
        (["--label", "vip"], "2"),
        (["--by", "ana muller"], "1 2 3"),
        (["--search", ""], ""),
        (["--limit", "1"], "3"),
    ],
)
def test_notes_are_chosen(noted, asked, ids) -> None:
    assert noted("note", "list", "-q", *asked).lines == ids.split()
    if "--limit" not in asked:
        assert noted("note", "list", "--count", *asked).lines == [str(len(ids.split()))]


EMPTY = (("--type", 2), ("--label", 3), ("--by", 3))
"""Options for which a script lost the value, and what each is answered with."""


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["add", "nobody", "x"], 3, "'nobody'"),
        (["add", "müller", "x"], 3, "'müller'"),
        (["add", "1"], 2, "--editor"),
        (["add", "1", " "], 2, "some text"),
        (["add", "1", "-"], 2, "some text"),
        (["add", "1", "x", "--editor"], 2, "--editor"),
        (["add", "1", "x", "--type", "mail"], 2, "general, meeting, call"),
        (["add", "1", "x", "--label", "Nonsense"], 3, "'Nonsense'"),
        (["add", "1", "x", "--by", "Sacha"], 3, "'Sacha'"),
        *[(["add", "1", "x", option, ""], status, "''") for option, status in EMPTY],
        (["add", "1", "4111 1111 1111 1111"], 5, "1111"),
        (["add", "1", "x", "y"], 2, "y"),
        (["list", "nobody"], 3, "'nobody'"),
        (["list", "--type", "mail"], 2, "general, meeting, call"),
        (["list", "--by", "Sacha"], 3, "'Sacha'"),
        (["list", "--label", "Nonsense"], 3, "'Nonsense'"),
        (["edit", "1"], 2, "--editor"),
        (["edit", "9", "x"], 3, "no note 9"),
        (["edit", "x", "y"], 2, "'x'"),
        (["edit", "1", ""], 2, "some text"),
        *[(["edit", "1", option, ""], status, "''") for option, status in EMPTY],
        (["edit", "1", "--unset", "text"], 2, "label"),
        (["edit", "1", "--unset", "label", "--label", "VIP"], 2, "together"),
        (["remove", "9", "--yes"], 3, "no note 9"),
        (["remove", "1", "9", "--yes"], 3, "no note 9"),
        (["remove", "1"], 2, "--yes"),
        (["remove"], 2, "NOTE"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(noted, typed, status, says) -> None:
    before = noted("note", "list", "--json").out, noted("log").out
    done = noted("note", *typed)
    assert (done.status, done.out, done.err) == (status, "", "")
    assert says.lower() in done.error.message.lower()
    assert (noted("note", "list", "--json").out, noted("log").out) == before


def test_standard_input_is_utf_8_or_refused(do) -> None:
    done = do("note", "add", "1", "-", stdin=b"caf\xe9")
    assert (done.status, "UTF-8" in done.error.message) == (2, True)


def test_a_hostile_text_is_shown_inert_and_stored_as_it_is(practice, do) -> None:
    hostile = "[bold]x[/] \x1b[31m\u202e =1+1"
    do("note", "add", "1", hostile)
    assert texts(do) == [hostile]
    home = {**HOME, "CLIENTCTL_DB": str(practice)}
    for command in (["note", "list"], ["client", "show", "1"]):
        shown = terminal.run(*command, width=200, **home).shown
        assert "[bold]x[/] ␛[31m<U+202E> =1+1" in shown
        assert "\x1b" not in shown


def test_the_card_has_the_notes_of_the_client(noted) -> None:
    shown = noted("client", "show", "2", "--json").json["notes"]
    assert [(note["id"], note["type"], note["label"]) for note in shown] == [(2, "call", "VIP"), (3, "meeting", None)]


# -- edit, remove ---------------------------------------------------------------------------------


def test_a_note_is_changed_in_every_part(noted) -> None:
    noted("staff", "add", "Noor")
    done = noted("note", "edit", "1", "-", "--type", "call", "--label", "vip", "--by", "noor", "--json", stdin="New\n")
    assert done.err == "Changed note 1 (Zoé Müller)\n"
    assert [done.json[key] for key in ("text", "type", "label", "by")] == ["New", "call", "VIP", "Noor"]
    assert noted("note", "edit", "1", "New").err == "The note 1 (Zoé Müller) is so already\n"
    assert noted("note", "edit", "1", "--unset", "label", "--json").json["label"] is None
    assert noted("note", "list", "--by", "noor", "-q").lines == ["1"]


def test_several_are_removed_and_shown_as_they_were(noted) -> None:
    done = noted("note", "remove", "3", "1", "3", "--yes", "--json")
    assert done.err == "Removed note 3 (Ana Dubois)\nRemoved note 1 (Zoé Müller)\n"
    assert [record["text"] for record in done.json] == ["First line\n\nSecond line", "Prefers mornings"]
    assert texts(noted) == ["Genou opéré"]
    noted("undo")
    assert len(texts(noted)) == 3
    assert noted("note", "remove", "-", "--yes", stdin=noted("note", "list", "-q").out).status == 0
    assert texts(noted) == []


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("n\n", 1), ("\n", 1), ("\x04", 1)])
def test_removing_is_asked_about_and_says_what_would_be_lost(practice, noted, typed, status) -> None:
    seen = terminal.run("note", "remove", "3", typed=typed, CLIENTCTL_DB=str(practice), **HOME)
    assert seen.status == status
    assert seen.shown.startswith("note 3 (Ana Dubois): 'First line␊␊Second line'. Remove it? [y/N]: ")
    assert len(texts(noted)) == (2 if status == 0 else 3)


def test_of_many_a_few_are_named(practice, noted) -> None:
    for number in range(3):
        noted("note", "add", "1", f"More {number}")
    done = noted("note", "remove", *"123456")
    assert done.error.message.endswith("'First line␊␊Second line'; and 3 more: --yes says that you mean it")


# -- in an editor ---------------------------------------------------------------------------------


class Editor(NamedTuple):
    """An editor that is a script, and commands run with it; ``temporary`` is the folder of temporary files."""

    folder: Path
    temporary: Path

    def variables(self, script: str) -> dict[str, str]:
        path = self.folder / "editor.sh"
        path.write_text(script)
        return {
            **HOME,
            "CLIENTCTL_DB": str(self.folder / "clients.db"),
            "TMPDIR": str(self.temporary),
            "EDITOR": f"sh '{path}'",
        }

    def run(self, script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one command; the script finds the file to edit in ``$1``. Nothing is left behind."""
        done = run_program(*arguments, **self.variables(script), **variables)
        assert list(self.temporary.iterdir()) == []
        return done


@pytest.fixture
def editor(practice: Path, tmp_path: Path) -> Editor:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    return Editor(tmp_path, temporary)


def test_a_note_is_written_in_an_editor_that_only_the_owner_can_look_into(do, editor) -> None:
    script = 'stat -c %a "$1" "${1%/*}" >modes; touch "$1~" "${1%/*}/.swap"; cat "$1" >was; printf "Été\n\n2nd\n" >"$1"'
    done = editor.run(f"cd '{editor.folder}'; {script}", "note", "add", "1", "--editor", "--type", "call")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "Added note 1 (Zoé Müller)\n")
    assert texts(do) == ["Été\n\n2nd"]
    assert (editor.folder / "modes").read_text().split() == ["600", "700"]
    assert (editor.folder / "was").read_text() == ""


def test_the_editor_shows_the_text_and_its_own_output_is_no_data(noted, editor) -> None:
    done = editor.run('echo chatter; echo third >>"$1"', "note", "edit", "3", "--editor", "--json")
    assert done.stdout.startswith("{")
    assert done.stderr.splitlines() == ["chatter", "Changed note 3 (Ana Dubois)"]
    assert texts(noted)[2] == "First line\n\nSecond line\nthird"


def test_visual_comes_before_editor(do, editor) -> None:
    done = editor.run("exit 1", "note", "add", "1", "--editor", VISUAL="sh -c 'echo visual >$0'")
    assert (done.returncode, texts(do)) == (0, ["visual"])


@pytest.mark.parametrize(
    ("script", "status", "says"),
    [
        ("true", 1, "left empty or as it was; nothing was changed"),
        ('echo >"$1"', 1, "left empty or as it was"),
        ('rm "$1"', 1, "left empty or as it was"),
        ("exit 3", 1, "the editor failed (3); nothing was changed"),
        ('echo x >"$1"; kill -9 $$', 1, "the editor failed (-9)"),
        ('printf "caf\\351" >"$1"', 2, "UTF-8"),
        ('echo 4111 1111 1111 1111 >"$1"', 5, "ending in 1111, is never stored"),
    ],
)
def test_what_the_editor_does_not_give_is_not_added(do, editor, script, status, says) -> None:
    done = editor.run(script, "note", "add", "1", "--editor")
    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr
    assert texts(do) == []
    assert list(editor.folder.glob("unsaved-*")) == []


def test_a_text_left_as_it_was_changes_nothing(noted, editor) -> None:
    assert editor.run("true", "note", "edit", "3", "--editor").returncode == 1
    assert editor.run('echo >>"$1"', "note", "edit", "3", "--editor").returncode == 1
    assert len(texts(noted)) == 3


@pytest.mark.parametrize("name", ["/nonexistent/editor", "no-such-editor -x", "'"])
def test_an_editor_that_is_not_there_is_named(do, editor, name) -> None:
    done = editor.run("", "note", "add", "1", "--editor", VISUAL=name)
    assert done.returncode == 2
    assert done.stderr.endswith(": name another in EDITOR\n")
    assert name.split()[0] in done.stderr


@pytest.mark.parametrize(
    "typed",
    [
        ["note", "add", "nobody", "--editor"],
        ["note", "add", "1", "--editor", "--by", "Sacha"],
        ["note", "add", "1", "--editor", "--label", "Nonsense"],
        ["note", "add", "1", "--editor", "--type", "mail"],
        ["note", "edit", "9", "--editor"],
        ["note", "edit", "1", "--editor", "--type", "mail"],
        ["note", "edit", "1", "--editor", "--label", "Nonsense"],
        ["note", "add", "1", "--editor", "--as-of", "#20"],
    ],
)
def test_what_is_wrong_is_said_before_anything_is_typed(noted, editor, typed) -> None:
    done = editor.run(f'touch "{editor.folder}/asked"', *typed)
    assert done.returncode in {2, 3}
    assert not (editor.folder / "asked").exists()


def test_a_note_changed_meanwhile_is_not_overwritten_and_the_typed_text_is_kept(noted, editor) -> None:
    meanwhile = f"""cd '{Path(__file__).parent}'
        {" ".join(PROGRAM)} note edit 1 "Somebody else's $RANDOM$$"
        echo 'what I typed' >"$1" """
    for number in (1, 2):
        done = editor.run(meanwhile, "note", "edit", "1", "--editor")
        path = editor.folder / f"unsaved-notes-{number}.txt"
        assert (done.returncode, done.stdout) == (5, "")
        assert done.stderr.splitlines()[-1] == (
            f"clientctl: note 1 was changed meanwhile: edit it as it is now; what you typed is in {path},"
            " to be removed by you"
        )
        assert path.read_text() == "what I typed"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert texts(noted)[0].startswith("Somebody else's")


def test_a_text_typed_for_a_client_who_is_gone_meanwhile_is_kept(do, editor) -> None:
    gone = f"{' '.join(PROGRAM)} undo; echo 'what I typed' >\"$1\""
    do("client", "add", "--first", "Noé")
    done = editor.run(gone, "note", "add", "Noé", "--editor")
    assert done.returncode == 3
    assert (editor.folder / "unsaved-notes-1.txt").read_text() == "what I typed"


# -- signals while the editor is open -------------------------------------------------------------


@pytest.fixture
def waiting(editor) -> Callable[..., subprocess.Popen]:
    """Give a function that starts `note add --editor` and comes back once its editor waits for the pipe ``go``."""
    for name in ("started", "go"):
        os.mkfifo(editor.folder / name)
    script = f"""cd '{editor.folder}'; echo x >"$1"; echo >started; read line <go; echo "$line" >"$1" """

    def start() -> subprocess.Popen:
        process = subprocess.Popen(
            [*PROGRAM, "note", "add", "1", "--editor"],
            env=environment(**editor.variables(script)),
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        (editor.folder / "started").read_text()
        return process

    return start


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_editor_too_and_leaves_nothing(do, editor, waiting, number, status) -> None:
    process = waiting()
    process.send_signal(number)
    _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, b"nothing was changed" in said) == (status, True)
    assert list(editor.temporary.iterdir()) == []
    assert texts(do) == []


def test_ctrl_c_is_the_editors_own_business(do, editor, waiting) -> None:
    process = waiting()
    process.send_signal(signal.SIGINT)
    (editor.folder / "go").write_text("typed after all\n")
    process.communicate(timeout=PATIENCE)
    assert (process.returncode, texts(do)) == (0, ["typed after all"])
