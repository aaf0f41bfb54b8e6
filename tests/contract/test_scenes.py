"""What a practitioner does all day, on a terminal as narrow as they come and on a wide one.

Nothing is cut in two, and nothing is wider than the terminal.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import heavy
import pytest
import shell
import terminal
from rich.cells import cell_len

SHEET = """Prénom;Nom;E-mail;Toutou;Newsletter
Zoë;Müller;zoe@example.com;Rex, qui aime par-dessus tout les longues promenades;oui
小明;王;xwang@example.org;;non
"""


class Step(NamedTuple):
    """One command: what is typed, and at its questions; how it ends; what it says; what stays whole in a line."""

    words: Sequence[str]
    says: Sequence[str]
    whole: Sequence[str] = ()
    typed: str | None = None
    status: int = 0


MEMBERS = Step(
    ("import", "csv", str(shell.EXAMPLES / "members.csv"), "--map", "Newsletter=ignore"),
    ["clients 36 added, 0 updated; memberships 30 added, 0 updated"],
    ["+33 6 39 98 12 34", "(07700) 900-769"],
)
SCENES = {
    "add a client by asking": [
        Step(
            ("client", "add"),
            ["use a form like ana@example.com", "Added client 37: Inès Caron"],
            typed="Inès\nCaron\nno e-mail\nines.caron@example.com\n01 99 00 55 66\n",
        ),
        Step(("client", "show", "ines"), ["Source hand"], ["ines.caron@example.com", "+33 1 99 00 55 66"]),
    ],
    "import a sheet with a strange column": [
        Step(
            ("import", "csv", "sheet.csv"),
            [
                "Toutou ('Rex, qui aime par-dessus tout les …') [new text]:",
                "Newsletter ('oui', 'non') [new preference]:",
            ],
            ["[new preference]"],
            typed="\n\n",
        ),
        Step(("preference", "list"), [], ["Newsletter"]),
        Step(("client", "show", "zoe@example.com"), [], ["Toutou", "par-dessus", "promenades"]),
    ],
    "find by a first name": [
        Step(("client", "list", "ana"), [], ["Ana Müller", "ana@example.com"]),
        Step(("client", "show", "ana"), ["Memberships"], ["+33 1 99 00 12 34", "Yoga illimité", "2026-03-19"]),
    ],
    "sell and take cash": [
        Step(
            ("membership", "add", "--client", "noah", "--plan", "Yoga illimité/Mensuel", "--paid", "cash"),
            ["Added M-31 (Noah Smith-Jones (29)): Yoga illimité/Mensuel, 49.90 EUR every 1m", "Paid by Cash: P-1"],
            ["2026-03-01"],
        ),
        Step(("charge", "list"), [], ["Noah Smith-Jones", "2026-03-01", "49.90"]),
    ],
    "renew": [
        Step(
            ("membership", "renew", "M-6", "--paid", "cash"),
            ["Renewed M-6 as M-32 (Jean-Luc Lefèvre (8)): Pilates/Annuel, 650.00 EUR every 1y"],
            ["2026-03-06", "2027-03-05"],
        ),
    ],
    "extend by a client's name": [
        Step(
            ("membership", "extend", "Chiara D'Angelo", "--by", "1m"),
            ["Extended M-3 (Chiara D'Angelo): ends 2026-04-04 (was 2026-03-04)"],
        ),
    ],
    "pause and resume": [
        Step(("membership", "suspend", "hélène", "--reason", "travels"), ["Suspended M-9", "until it is resumed"]),
        Step(("membership", "list", "--status", "paused"), [], ["Hélène Ferrari", "paused"]),
        Step(("membership", "resume", "hélène"), ["M-9 (Hélène Ferrari)"]),
    ],
    "undo": [
        Step(("undo",), ["Undid #", "membership resume (Camille)"]),
        Step(("log", "--limit", "2"), [], ["membership resume", "2026-03-01 10:00"]),
    ],
    "a selector that two people fit": [
        Step(
            ("client", "edit", "mül", "--company", "Studio"),
            ["2 clients match 'mül': choose one, like id:1"],
            ["1  Ana Müller  ana@example.com", "10  Zoë Müller  zoe@example.com"],
            status=4,
        ),
        Step(("membership", "extend", "giulia", "--by", "1m"), ["M-11", "M-12"], status=4),
    ],
    "the cron line": [
        Step(
            ("membership", "due", "--within", "7", "--exit-code"),
            [],
            ["Søren Østergård", "2026-03-03", "+33 3 53 01 54 93", "mkjones@example.com", "小明 王"],
            status=10,
        ),
    ],
}


@pytest.mark.heavy
@pytest.mark.parametrize("width", heavy.times([80], [80, 120]))
def test_nothing_is_cut_in_two_or_too_wide_all_day(tmp_path: Path, width: int) -> None:
    (tmp_path / "sheet.csv").write_text(SHEET, encoding="utf-8")
    home = {"CLIENTCTL_DB": str(tmp_path / "c.db"), "CLIENTCTL_NOW": "2026-03-01T10:00:00Z", "TZ": "UTC"}
    terminal.run("db", "init", "-q", "--owner", "Camille", **home)
    for scene, steps in {"bring the members in": [MEMBERS], **SCENES}.items():
        for step in steps:
            seen = terminal.run(*step.words, width=width, typed=step.typed, cwd=tmp_path, **home)
            assert seen.status == step.status, (scene, seen.shown)
            lines = seen.shown.replace("]: ", "]:\n").splitlines()  # where Enter was pressed, which is not shown here
            assert [line for line in lines if cell_len(line) > width] == [], scene
            said = " ".join(" ".join(lines).replace("│", " ").split())
            assert [each for each in step.says if each not in said] == [], (scene, seen.shown)
            assert [each for each in step.whole if not any(each in line for line in lines)] == [], (scene, seen.shown)
