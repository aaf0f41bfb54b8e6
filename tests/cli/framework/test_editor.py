"""Texts from an editor: stored, or kept as a draft whatever happens meanwhile."""

import json
import os
import pty
import shlex
import shutil
import signal
import stat
import subprocess
import sys
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
def noted(do):
    """Write a note on Zoé and two on Ana."""
    do("note", "add", "1", "Prefers mornings")
    do("note", "add", "2", "Genou opéré")
    do("note", "add", "2", "First line\n\nSecond line")
    return do


class Editor(NamedTuple):
    """An editor that is a script, and commands run with it; ``temporary`` is the folder of temporary files."""

    folder: Path
    temporary: Path

    def variables(self, script: str | None) -> dict[str, str]:
        path = self.folder / "editor.sh"
        if script is not None:
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
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "Added note 1 (Zoé Müller (1))\n")
    assert texts(do) == ["Été\n\n2nd"]
    assert (editor.folder / "modes").read_text().split() == ["600", "700"]
    assert (editor.folder / "was").read_text() == ""


def test_the_editor_shows_the_text_and_its_own_output_is_no_data(noted, editor) -> None:
    done = editor.run('echo chatter; echo third >>"$1"', "note", "edit", "3", "--editor", "--json")
    assert done.stdout.startswith("{")
    assert done.stderr.splitlines() == ["chatter", "Changed note 3 (Ana Dubois (2))"]
    assert texts(noted)[2] == "First line\n\nSecond line\nthird"


def test_visual_comes_before_editor(do, editor) -> None:
    done = editor.run("exit 1", "note", "add", "1", "--editor", VISUAL="sh -c 'echo visual >$0'")
    assert (done.returncode, texts(do)) == (0, ["visual"])


def drafts(editor: Editor) -> list[str]:
    """List the texts that are kept, each as the client, the command and its record."""
    folder = editor.folder / "clients.db.drafts"
    return sorted(each.name.rpartition("-")[0] for each in folder.iterdir()) if folder.exists() else []


RESUME = (
    "what you typed was saved:"
    " `clientctl note add 1 --resume` continues it, `clientctl note add 1 --discard` discards it"
)


@pytest.mark.parametrize(
    ("script", "status", "says", "keeps"),
    [
        ("true", 1, "empty or unchanged; nothing was changed", False),
        ('echo >"$1"', 1, "empty or unchanged", False),
        ('rm "$1"', 1, "empty or unchanged", False),
        ("exit 3", 1, "the editor failed (3); nothing was changed", False),
        ('echo x >"$1"; exit 3', 1, "the editor failed (3); nothing was changed", True),
        ('echo x >"$1"; kill -9 $$', 1, "the editor failed (-9)", True),
        ('echo x >"$1"; kill -2 $$', 1, "the editor failed (-2)", True),
        ('printf "caf\\351" >"$1"', 2, "UTF-8", True),
        ('echo 4111 1111 1111 1111 >"$1"', 5, "ending in 1111, is never stored", True),
    ],
)
def test_what_can_not_be_added_is_kept_for_its_owner_alone(do, editor, script, status, says, keeps) -> None:
    done = editor.run(script, "note", "add", "1", "--editor")
    assert (done.returncode, done.stdout) == (status, "")
    assert says in done.stderr
    assert (RESUME in done.stderr, drafts(editor)) == (keeps, ["1-note-add-1"] if keeps else [])
    assert texts(do) == []
    for file in (editor.folder / "clients.db.drafts").rglob("*"):
        assert stat.S_IMODE(file.stat().st_mode) == (0o700 if file.is_dir() else 0o600)


def test_with_json_the_way_on_is_in_the_error(do, editor) -> None:
    done = editor.run('echo x >"$1"; exit 3', "note", "add", "1", "--editor", "--json")
    assert json.loads(done.stderr)["error"]["details"] == [RESUME]


def test_what_was_kept_is_offered_on_a_terminal_gone_on_with_and_stored(do, editor) -> None:
    editor.run('echo one >"$1"; exit 1', "note", "add", "1", "--editor", "--type", "call")
    seen = terminal.run("label", "list", **editor.variables("true"))
    assert seen.shown.endswith(
        "Unsaved draft: `clientctl note add 1 --resume` continues it, `clientctl note add 1 --discard` discards it\n"
    )
    assert "Typed" not in run_program("label", "list", **editor.variables("true")).stderr
    again = editor.run('echo two >>"$1"; exit 1', "note", "add", "1", "--resume")
    assert (again.returncode, RESUME in again.stderr, drafts(editor)) == (1, True, ["1-note-add-1"])
    dry = editor.run("true", "note", "add", "1", "--resume", "--dry-run")
    assert (dry.returncode, texts(do), drafts(editor)) == (0, [], ["1-note-add-1"])
    done = editor.run("true", "note", "add", "1", "--resume", "--type", "meeting")
    assert (done.returncode, done.stderr) == (0, "Added note 1 (Zoé Müller (1))\n")
    assert (texts(do), drafts(editor)) == (["one\ntwo"], [])
    assert "Typed" not in terminal.run("label", "list", **editor.variables("true")).shown


def test_the_newest_text_of_a_client_is_gone_on_with_or_dropped(do, editor) -> None:
    for text, client in (("older", "1"), ("newer", "1"), ("another's", "2")):
        editor.run(f'echo "{text}" >"$1"; exit 1', "note", "add", client, "--editor")
    dry = do("note", "add", "1", "--discard", "-n")
    assert dry.err == "Discarded the draft of note add 1\nDry run: nothing was changed.\n"
    dropped = do("note", "add", "1", "--discard")
    assert dropped.err == "Discarded the draft of note add 1\n"
    editor.run("true", "note", "add", "1", "--resume")
    assert (texts(do), drafts(editor)) == (["older"], ["2-note-add-2"])
    for option in ("--resume", "--discard"):
        assert do("note", "add", "1", option).status == 3
    assert do("note", "edit", "1", "--resume").status == 3


def test_a_text_for_a_note_that_is_gone_can_be_dropped(noted, editor) -> None:
    editor.run('echo mine >"$1"; exit 1', "note", "edit", "1", "--editor")
    noted("note", "remove", "1", "--yes")
    assert noted("note", "edit", "1", "--resume").status == 3
    assert (noted("note", "edit", "1", "--discard").status, drafts(editor)) == (0, [])


@pytest.mark.parametrize("other", ["TEXT", "--editor", "--discard"])
def test_one_way_to_a_text_at_a_time(do, other) -> None:
    assert do("note", "add", "1", "--resume", other).status == 2


def test_a_text_left_as_it_was_changes_nothing(noted, editor) -> None:
    assert editor.run("true", "note", "edit", "3", "--editor").returncode == 1
    assert editor.run('echo >>"$1"', "note", "edit", "3", "--editor").returncode == 1
    assert len(texts(noted)) == 3


@pytest.mark.parametrize("name", ["/nonexistent/editor", "no-such-editor -x", "'"])
def test_an_editor_that_is_not_there_is_named(do, editor, name) -> None:
    done = editor.run("", "note", "add", "1", "--editor", VISUAL=name)
    assert done.returncode == 2
    assert done.stderr.endswith(": set EDITOR to another one\n")
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


def other(*typed: str) -> str:
    """Write in shell what somebody else does while the editor is open."""
    return " ".join(shlex.quote(each) for each in (*PROGRAM, *typed)) + "; "


def test_a_note_changed_meanwhile_is_not_overwritten_until_that_is_said(noted, editor) -> None:
    done = editor.run(other("note", "edit", "1", "Theirs") + 'echo mine >"$1"', "note", "edit", "1", "--editor")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.splitlines()[-2:] == [
        "clientctl: note 1 was changed in the meantime: edit it again",
        f"  {RESUME.replace('add', 'edit')}",
    ]
    assert (texts(noted)[0], drafts(editor)) == ("Theirs", ["1-note-edit-1"])
    done = editor.run("true", "note", "edit", "1", "--resume")
    assert "note 1 (Zoé Müller (1)) was changed after this text was begun; it is replaced\n" in done.stderr
    assert (texts(noted)[0], drafts(editor)) == ("mine", [])


def test_a_client_gone_on_with_gets_only_what_was_changed_in_the_text(do, editor) -> None:
    change = "s/^company:.*/company: Studio/; s/^birthday:.*/birthday: soon/"
    done = editor.run(f'sed -i "{change}" "$1"', "client", "edit", "2", "--editor")
    assert (done.returncode, drafts(editor)) == (2, ["2-client-edit-2"])
    do("client", "edit", "2", "--position", "Boss", "--company", "Theirs")
    done = editor.run('sed -i "s/soon/1980-01-31/" "$1"', "client", "edit", "2", "--resume")
    assert done.returncode == 0, done.stderr
    now = do("client", "show", "2", "--json").json
    assert [now[key] for key in ("company", "position", "birthday")] == ["Studio", "Boss", "1980-01-31"]
    assert drafts(editor) == []


def test_a_text_for_a_client_who_is_gone_meanwhile_is_kept_until_something_is_changed(do, editor) -> None:
    do("client", "add", "--first", "Noé")
    done = editor.run(other("undo") + 'echo mine >"$1"', "note", "add", "Noé", "--editor")
    assert (done.returncode, drafts(editor)) == (3, ["6-note-add-6"])
    do("redo")
    assert (drafts(editor), editor.run("true", "note", "add", "6", "--resume").returncode) == (["6-note-add-6"], 0)
    editor.run('echo more >"$1"; exit 1', "note", "add", "6", "--editor")
    do("undo")
    do("undo")
    assert drafts(editor) == []


def merge_into_5(do) -> None:
    assert do("client", "restore", "5").status == 0
    assert do("client", "merge", "5", "3", "--yes").status == 0


def test_who_is_deleted_leaves_no_text_nor_does_who_was_merged_into_her(do, editor) -> None:
    for client in ("1", "3", "5"):
        editor.run('echo secret >"$1"; exit 1', "note", "add", client, "--editor")
    merge_into_5(do)
    assert do("membership", "cancel", "M-4", "--now").status == 0
    assert "5-note-add-5" in drafts(editor)
    assert do("client", "delete", "5", "--yes").status == 0
    assert drafts(editor) == ["1-note-add-1"]


def test_a_text_of_who_was_merged_goes_to_the_survivor(do, editor) -> None:
    editor.run('echo mine >"$1"; exit 1', "note", "add", "3", "--editor")
    merge_into_5(do)
    assert editor.run("true", "note", "add", "3", "--resume").returncode == 0
    assert (texts(do), drafts(editor)) == (["mine"], [])


def test_what_was_stored_before_the_program_was_killed_is_not_stored_twice(do, editor) -> None:
    """The folder is put back as if its removal had not been reached."""
    editor.run(f'echo mine >"$1"; cp -rp "${{1%/*/*}}" "{editor.folder}/saved"', "note", "add", "1", "--editor")
    assert drafts(editor) == []
    shutil.move(editor.folder / "saved", editor.folder / "clients.db.drafts")
    done = editor.run("true", "note", "add", "1", "--resume")
    assert (done.returncode, "already done" in done.stderr, texts(do), drafts(editor)) == (0, True, ["mine"], [])


def test_a_full_output_after_the_note_is_stored_keeps_no_text(do, editor) -> None:
    script = 'echo mine >"$1"'
    command = [*PROGRAM, "note", "add", "1", "--editor", "--json"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, env=environment(**editor.variables(script)), stdout=full, check=False)
    assert (done.returncode, texts(do), drafts(editor)) == (6, ["mine"], [])


# -- signals while the editor is open -------------------------------------------------------------


@pytest.fixture
def waiting(editor) -> Callable[..., subprocess.Popen]:
    """Return a function that starts `note add --editor` and comes back once its editor waits for the pipe ``go``."""
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
def test_a_signal_ends_the_editor_too_and_what_it_saved_is_kept(do, editor, waiting, number, status) -> None:
    process = waiting()
    assert drafts(editor) == ["1-note-add-1"]
    assert "Typed" not in terminal.run("label", "list", **editor.variables(None)).shown  # it is open
    process.send_signal(number)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == status
    assert said.decode() == f"clientctl: interrupted; nothing was changed\n  {RESUME}\n"
    assert list(editor.temporary.iterdir()) == []
    assert texts(do) == []
    assert editor.run("true", "note", "add", "1", "--resume").returncode == 0
    assert texts(do) == ["x"]


def test_killed_at_once_it_is_offered_by_the_next_command(do, editor, waiting) -> None:
    process = waiting()
    process.kill()
    process.wait(PATIENCE)
    assert "`clientctl note add 1 --resume`" in terminal.run("label", "list", **editor.variables(None)).shown
    (editor.folder / "go").write_text("saved later\n")  # the editor is still open
    process.communicate(timeout=PATIENCE)
    assert editor.run("true", "note", "add", "1", "--resume").returncode == 0
    assert (texts(do), drafts(editor)) == (["saved later"], [])


def test_ctrl_c_is_the_editors_own_business(do, editor, waiting) -> None:
    process = waiting()
    process.send_signal(signal.SIGINT)
    (editor.folder / "go").write_text("typed after all\n")
    process.communicate(timeout=PATIENCE)
    assert (process.returncode, texts(do)) == (0, ["typed after all"])


RESCUING = """
import signal, sys
def rescue(number, frame):
    open(sys.argv[1] + ".save", "w").write("rescued\\n")
    sys.exit(1)
signal.signal(signal.SIGTERM, rescue)
signal.signal(signal.SIGHUP, rescue)
print("open", flush=True)
signal.pause()
"""


def test_a_terminal_that_is_closed_leaves_what_the_editor_rescued(do, editor) -> None:
    script = editor.folder / "rescuing.py"
    script.write_text(RESCUING)
    variables = {**editor.variables(None), "EDITOR": f"{sys.executable} '{script}'", "TERM": "xterm"}
    process, ours = pty.fork()
    if process == 0:
        os.execve(PROGRAM[0], [*PROGRAM, "note", "add", "1", "--editor"], environment(**variables))
    shown = b""
    while b"open" not in shown:
        shown += os.read(ours, 1_000)
    os.close(ours)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 129
    assert editor.run("true", "note", "add", "1", "--resume").returncode == 0
    assert (texts(do), drafts(editor)) == (["rescued"], [])
