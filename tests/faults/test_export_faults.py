"""Stop exports at any moment, and give them no room: the old file is there, or the new one, whole and alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import heavy
import inprocess
import pytest
from PIL import Image
from program import PATIENCE, environment
from today import NOW, TODAY

from clientctl.domain.session import opened

FAULTS = heavy.times(2, 30)
"""How often each fault is brought about in each kind of export."""

PEOPLE = 200
KINDS = {
    "csv": "export csv x.csv",
    "vcard": "export vcard x.vcf --with-notes --with-photos",
    "ics": "export ics x.ics",
    "json": "export json x.json",
    "json with files": "export json x.json --with-files",
    "xlsx": "export xlsx x.xlsx",
    "sheets": "export xlsx x.xlsx --sheets clients,memberships,charges,payments,notes",
    "a list as Excel": "client list --out x.xlsx",
    "a list as CSV": "membership list --out x.csv",
    "a list as JSON": "client list --out x.json",
}


class Outcome(NamedTuple):
    """What became of an export to which something happened."""

    fault: str
    status: int
    said: str
    files: dict[str, str]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a database with many people, of whom there is something to say in every kind of export."""
    folder = tmp_path_factory.mktemp("crowd")
    path, sheet, photo = folder / "clients.db", folder / "sheet.csv", folder / "photo.png"
    lines = [f"Ana {n};Müller;ana{n}@example.com;1990-02-28;Yoga;Monthly;49,90;2026-01-31" for n in range(PEOPLE)]
    sheet.write_text("\n".join(["First name;Last name;E-mail;Birthday;Plan;Rate;Price;Start", *lines]), "utf-8")
    Image.effect_noise((400, 400), 100).save(photo)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTCTL_NOW", NOW)
        patch.setenv("CLIENTCTL_TODAY", TODAY)
        opened.initialize(path, "Ana", {})
        inprocess.fill(
            path,
            ("import", "csv", str(sheet)),
            ("client", "photo", "7", str(photo)),
            ("note", "add", "7", "Secret"),
            ("charge", "add", "--client", "7", "--amount", "20", "--for", "Lost key"),
            ("payment", "record", "C-1", "--type", "cash"),
        )
    return path


def outcomes(crowd: Path, folder: Path, kind: str, times: int, *faults: str) -> list[Outcome]:
    """Export to a folder, again and again, while things happen, each so many times."""
    script = [sys.executable, str(Path(__file__).with_name("exporter.py")), "1", str(times), ",".join(faults)]
    done = subprocess.run(
        [*script, *KINDS[kind].split()],
        env=environment(CLIENTCTL_DB=str(crowd), CLIENTCTL_TODAY=TODAY, CLIENTCTL_NOW=NOW),
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [Outcome(**json.loads(line)) for line in done.stdout.splitlines()]


@pytest.mark.heavy
@pytest.mark.parametrize("kind", KINDS)
def test_whatever_happens_the_old_file_is_there_or_the_new_one(crowd: Path, tmp_path: Path, kind: str) -> None:
    name = next(word for word in KINDS[kind].split() if word.startswith("x."))
    found = outcomes(crowd, tmp_path, kind, FAULTS, "killed", "interrupted", "disk_full")
    for each in found:
        kept = each.files.pop(name)
        if each.status == 0:
            assert (kept, each.files, each.said) == ("whole", {}, f"Wrote {name}\n"), each
        elif each.fault == "killed":
            assert kept in {"old", "whole"}, each
            assert len(each.files) <= 1, each
        elif each.fault == "interrupted":
            assert (each.status in {129, 130, 143}, each.files) == (True, {}), each
            assert kept in {"old", "whole"}, each
            assert each.said.endswith("clientctl: interrupted; nothing was changed\n"), each
        else:
            assert (each.status, kept, each.files, each.said.count("\n")) == (6, "old", {}, 1), each
            assert f"'{name}' can't be written (File too large); nothing was changed" in each.said
    assert {"killed", "disk_full"} <= {each.fault for each in found if each.status}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].startswith("export")])
def test_a_standard_output_that_takes_no_more(crowd: Path, tmp_path: Path, kind: str) -> None:
    full, gone = outcomes(crowd, tmp_path, kind, 1, "output_full", "reader_gone")
    said = "clientctl: the output could not be written (No space left on device)\n"
    assert (full.status, full.said, list(full.files.values())) == (6, said, ["old"])
    assert (gone.status, gone.said, list(gone.files.values())) == (141, "", ["old"])
