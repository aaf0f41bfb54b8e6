"""The row that names the columns is found under what stands above it; rows that are nobody are told from people."""

import pytest

from clientctl.errors import UsageError
from clientctl.exchange.members import sheet_files


@pytest.fixture
def read(tmp_path):
    def run(text, **options):
        path = tmp_path / "list.csv"
        path.write_text(text, encoding="utf-8")
        run.sheet = sheet_files.read_csv(path, **{"named": {}, **options})
        return [(record.line, *record.values.values()) for record in run.sheet.records()]

    return run


@pytest.mark.parametrize(
    "above",
    [
        "Clients\n\n",
        "Liste des membres, saison 2026\nmise à jour le 14/02/2026\n",
        "Association;Yoga Soleil;;\nE-mail;studio@example.com\nTéléphone;01 99 00 11 22\n\n",
        "Contact;;Adhésion;\n",
        "Nom;Studio Soleil;;\n",
        "sep=;\nMembres;;;\n",
    ],
)
@pytest.mark.parametrize("names", ["Prénom;Nom;E-mail", "Nome;Cognome;E-mail", "First name;Surname;Mail"])
def test_titles_stand_above_the_names_of_columns(read, above, names):
    line = above.count("\n") + 1
    assert read(f"{above}{names}\nAna;Li;ana@example.com\nBo;Ek;\n") == [
        (line + 1, "ana@example.com", "Ana", "Li"),
        (line + 2, "Bo", "Ek"),
    ]
    assert f"columns named in line {line}" in read.sheet.summary[0] or line == 1 or "sep=" in above


def test_the_user_says_which_line_names_the_columns(read):
    text = "Ana;Li;ana@example.com\nPrénom;Nom;E-mail\nBo;Ek;bo@example.com\n"
    assert read(text, header_row=2) == [(3, "bo@example.com", "Bo", "Ek")]
    with pytest.raises(UsageError, match="has nothing in line 9: --header-row says"):
        read(text, header_row=9)
    named = {"column 1": "first_name", "column 2": "last_name"}
    without = "Ana;Li;ana@example.com\nBo;Ek;\n"
    assert read(without, header_row=0, named=named) == [(1, "ana@example.com", "Ana", "Li"), (2, "Bo", "Ek")]


@pytest.mark.parametrize(
    "nobody",
    [
        "TOTAL;;;",
        "Totale;;;2",
        "Sous-total;;;",
        "Somme :;;;",
        "Total général;;;",
        "Grand total;;;",
        "12 membres;;;",
        "3 soci;;;",
        "Adhérents : 12;;;",
        "Nombre d'adhérents;;;12",
        "Numero di iscritti: 4;;;",
        "Total of members;2;;",
        "Nom;Prénom;E-mail;Prix",
    ],
)
def test_totals_counts_and_the_header_again_are_nobody(read, nobody):
    head = "Nom;Prénom;E-mail;Prix\n"
    assert read(f"{head}Li;Ana;ana@example.com;\n{nobody}\nEk;Bo;;\n") == [
        (2, "ana@example.com", "Ana", "Li"),
        (4, "Bo", "Ek"),
    ]
    assert [(note.line, note.kind) for note in read.sheet.notes] == [(3, "left-out")]


@pytest.mark.parametrize("somebody", ["Total;Jean;;", "Somme;;s@example.com;", "Client;;;", "Mediani;;;", "Totalet;;;"])
def test_people_of_such_names_are_people(read, somebody):
    assert len(read(f"Nom;Prénom;E-mail;Prix\n{somebody}\n")) == 1
