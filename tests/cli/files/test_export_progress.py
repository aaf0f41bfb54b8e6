"""The progress of exports and imports, on a terminal only; here all work counts as long, and every step is shown."""

import sys
from pathlib import Path

import pytest
import terminal
from today import NOW, TODAY

LONG = """
from clientctl.output import progress
from clientctl.__main__ import main
progress._PATIENCE = progress._BETWEEN = -1
main()
"""
KINDS = {
    "csv": (["export", "csv", "x.csv"], "100%"),
    "vcard": (["export", "vcard", "x.vcf"], "100%"),
    "xlsx": (["export", "xlsx", "x.xlsx"], "100%"),
    "sheets": (["export", "xlsx", "x.xlsx", "--sheets=clients", "--sheets=memberships"], None),
    "ics": (["export", "ics", "x.ics"], None),
    "json": (["export", "json", "x.json"], None),
    "a list as Excel": (["client", "list", "--out", "x.xlsx"], "100%"),
    "a list as CSV": (["membership", "list", "--out", "x.csv"], "100%"),
}
"""What is typed, and what the bar says in the end; None where nobody knows how much there is."""


def export(practice: Path, words: list[str], **more: str) -> terminal.Screen:
    setting = {"CLIENTCTL_DB": str(practice), "CLIENTCTL_TODAY": TODAY, "CLIENTCTL_NOW": NOW, "TERM": "xterm", **more}
    return terminal.run(*words, program=(sys.executable, "-c", LONG), cwd=practice.parent, **setting)


@pytest.mark.parametrize("kind", KINDS)
def test_a_long_export_shows_a_bar_and_clears_it(practice, kind) -> None:
    words, end = KINDS[kind]
    seen = export(practice, words)
    name = next(word for word in words if word.startswith("x."))
    bar, cleared, said = seen.shown.rpartition("\x1b[2K")
    assert (seen.status, said) == (0, f"Wrote {name}\n")
    assert cleared
    assert (f"Writing {name} " in bar, "━" in bar) == (True, True)
    assert ("%" in bar) == (end is not None)
    assert (end or "") in bar


def test_the_bar_is_gone_before_anything_is_written_to_the_same_terminal(practice, do) -> None:
    seen = export(practice, ["export", "csv", "-"])
    bar, _, written = seen.shown.rpartition("\x1b[2K")
    assert "Writing - ━" in bar
    assert written == do("export", "csv", "-").out


def test_a_terminal_that_redraws_no_line_shows_no_bar(practice) -> None:
    assert export(practice, ["export", "csv", "x.csv"], TERM="dumb").shown == "Wrote x.csv\n"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("csv", "First name;E-mail\n" + "".join(f"Ana{n};ana{n}@example.com\n" for n in range(2500))),
        ("vcard", "".join(f"BEGIN:VCARD\nVERSION:3.0\nFN:Ana{n} Roux\nEND:VCARD\n" for n in range(2500))),
    ],
)
def test_a_long_import_shows_how_much_of_it_is_done(practice, kind, text) -> None:
    (practice.parent / "x.txt").write_text(text)
    seen = export(practice, ["import", kind, "x.txt"])
    bar, _, said = seen.shown.rpartition("\x1b[2K")
    assert (seen.status, "clients 2500 added" in said) == (0, True)
    assert "Importing x.txt ━" in bar
    assert " 80%" in bar
