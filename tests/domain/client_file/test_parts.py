"""The parts of a client's file: none is forgotten on the card, in the dossier, in the workbook or by a merge."""

import re

import filled

from clientctl.domain.client_file import card, dossier, merge, workbook
from clientctl.domain.client_file.parts import PARTS
from clientctl.domain.clients import record as clients
from clientctl.store.catalog import TABLES

ELSEWHERE = {
    "card_properties": "the vCard in the dossier",
    "client_labels": "a detail on the card, a section of the dossier",
    "client_uids": "a section of the dossier",
    "clients": "the details",
    "credit_uses": "what is left of the credits",
    "field_values": "the details; a section of the dossier for archived fields",
    "not_duplicates": "nothing about the person: two clients that were found not to be the same",
    "pauses": "the dates of the memberships",
}
"""The tables about clients that are no part of a client's file, and where one sees what they hold."""

NOT_ON_CARD = {
    "consents": "the last ones are the preferences",
    "package_entries": "what is left of the packages",
}
"""The parts that the card does not show, and where it shows what they come to."""

NOT_A_SHEET = {
    "addresses": "an address book has them: `export vcard`",
    "consents": "the dossier has them; `export csv` has the last ones as columns",
    "documents": "files, which no cell holds: the dossier has them",
    "package_entries": "what is left is in the sheet of packages",
    "payment_methods": "nothing to count or to sum: the card and the dossier have them",
    "preferences": "columns of `export csv`",
}
"""The parts that have no sheet in a workbook, and where one finds what they hold."""

PRIVATE = {"notes", "tasks"}
"""The parts that a person does not see unless the practitioner wants it."""


def test_every_table_about_clients_is_a_part_or_shown_elsewhere():
    about_clients = {table.name for table in TABLES.values() if table.client}
    parts = {part.table for part in PARTS}
    assert parts & ELSEWHERE.keys() == set()
    assert parts | ELSEWHERE.keys() == about_clients


def test_every_part_is_on_the_card_and_in_the_workbook_or_explained():
    assert {part.key for part in PARTS if not part.card} == NOT_ON_CARD.keys()
    assert {part.key for part in PARTS if not part.is_sheet} == NOT_A_SHEET.keys()
    assert {part.key for part in PARTS if part.is_private} == PRIVATE


def test_every_part_is_where_it_says(records):
    with records.change("fill") as db:
        filled.fill(db, [1])
        db.connection.execute("UPDATE clients SET photo = NULL")
        db.connection.execute("DELETE FROM documents")  # there are no files for them
        shown = card.client(db, "1").sections
        whole = dossier.of_client(db, clients.get(db, 1), private=True)
    assert [*shown] == [*card.SECTIONS]
    on_card = {part.key for part in PARTS if part.card}
    assert on_card == {*card.SECTIONS} - {"history"}
    assert whole.private is not None
    in_dossier = {**whole.card.sections, **whole.private.sections}
    for part in PARTS:
        title, listing = in_dossier[part.key]
        assert title == part.title
        assert len([*listing.rows]) == (part.key != "documents"), part.key
        assert (part.key in whole.private.sections) == part.is_private
        assert (part.key in workbook.SHEETS) == part.is_sheet
    assert workbook.SHEETS.keys() == {"clients"} | {part.key for part in PARTS if part.is_sheet}


def test_a_merge_counts_the_rows_of_every_part(records):
    with records.change("fill") as db:
        filled.fill(db, [1, 2])
        agreed = merge.plan(db, clients.get(db, 1), [clients.get(db, 2)])
        moved = merge.preview(db, agreed)[-1]
    counted = {name.replace(" ", "_") for name in re.findall(r"([a-z ]+) 1\b", moved.partition(": ")[2])}
    assert {part.table for part in PARTS} <= {name.strip("_") for name in counted}
