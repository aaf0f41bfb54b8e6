"""Files of ours saved by LibreOffice and imported again: nothing changes, and nobody is duplicated.

This needs LibreOffice, which `.ci/run` installs, and is collected in the heavy part only. It fails where there is none.
"""

import shutil
import subprocess
from pathlib import Path

import inprocess
import pytest
from again import MORE, PHONES, collect

pytestmark = pytest.mark.heavy

ODD = (
    ("field", "add", "Born at", "--type", "date"),
    ("field", "add", "Size", "--type", "number"),
    ("field", "add", "Fee", "--type", "money"),
    ("field", "add", "Word"),
    ("client", "edit", "1", "--birthday", "1972-03-04", "--company", "=1+1", "--field", "born_at=1969-07-20"),
    ("client", "edit", "2", "--field", "size=1.50", "--field", "fee=49.90 CHF", "--field", 'word=O\'Hara; "x"'),
    ("client", "edit", "3", "--company", "Café, Ñandú & 山田", "--position", "'quoted'", "--field", "size=-3"),
    ("client", "edit", "8", "--birthday", "1900-03-02", "--company", "@home", "--field", "word=-"),
    ("label", "add", "Yoga, doux"),
    ("label", "attach", "3", "--label", "Yoga, doux"),
)
_CSV = "44,34,76,1"
"""Commas, quotation marks, UTF-8, from the first line."""


@pytest.fixture
def before():
    return (*MORE, *PHONES, *ODD)


@pytest.fixture
def saved(tmp_path):
    """Return a function that opens a file in LibreOffice and saves it as another kind; in a profile of its own."""

    assert shutil.which("soffice"), "there is no LibreOffice (soffice), which the heavy part needs: .ci/run installs it"

    def save(file: Path, kind: str) -> Path:
        folder = tmp_path / f"as-{kind}-{file.parent.name}"
        to = f"csv:Text - txt - csv (StarCalc):{_CSV}" if kind == "csv" else kind
        read = [f"--infilter=CSV:{_CSV}"] if file.suffix == ".csv" else []
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        command = ["soffice", profile, "--headless", *read, "--convert-to", to, "--outdir", folder, file]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert (folder / f"{file.stem}.{kind}").exists(), done
        return folder / f"{file.stem}.{kind}"

    return save


def comes_back(path: Path, file: Path, *more: str) -> None:
    was = collect(path)
    for way in ("update", "fill"):
        done = inprocess.run("import", file.suffix[1:], file, "--on-match", way, "--again", *more, db=path)
        assert (done.status, done.error) == (0, None), done.error.details
        assert "clients 0 added, 0 updated; memberships 0 added, 0 updated" in done.err, (file, way)
        assert collect(path) == was


def test_a_workbook_saved_by_libreoffice_is_still_known(practice, do, tmp_path, saved) -> None:
    file, whole = tmp_path / "clients.xlsx", tmp_path / "whole.xlsx"
    assert do("export", "xlsx", file).status == 0
    assert do("export", "xlsx", whole, "--sheets", "clients,memberships,packages,notes").status == 0
    for sheet, exported in ((), file), (("--sheet", "Memberships"), whole):
        comes_back(practice, saved(exported, "xlsx"), *sheet)
        comes_back(practice, saved(saved(exported, "ods"), "xlsx"), *sheet)


def test_a_csv_file_saved_by_libreoffice_loses_nothing(practice, do, tmp_path, saved) -> None:
    file, listed = tmp_path / "clients.csv", tmp_path / "memberships.csv"
    assert do("export", "csv", file).status == 0
    columns = "uid,number,client,phone,plan,rate,price,currency,starts,ends,next_billing,status"
    assert do("membership", "list", "--columns", columns, "--out", listed).status == 0
    for exported in (file, listed):
        workbook = saved(exported, "xlsx")
        comes_back(practice, workbook)
        comes_back(practice, saved(workbook, "csv"))
