"""Keep notes: what is stored of a text, whose it is, how it is found again, what does not touch it."""

import pytest
from looking import dump_file, last_command

from clientctl.domain.clients import labels, notes
from clientctl.domain.clients import record as clients
from clientctl.domain.journal import history
from clientctl.domain.practice import staff
from clientctl.domain.session import opened
from clientctl.domain.shared.queries import Query
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store.erase import erase

TEXTS = [
    "[bold]x[/]",
    "[/]",
    "\x1b[31mred\x1b]0;title\x07",
    "a\u202eb",
    "=HYPERLINK(1)",
    "'; DROP TABLE notes;--",
    "%_\\",
    "{0}",
    "😀",
    "line\n\n  another\r\n\ttab",
    "x" * 100_000,
]


@pytest.fixture
def ana(records):
    """Add the client Ana, whom the notes are about."""
    return records.client("Ana", "Díaz")


def write(records, client, text, kind="general", by=None, label=None):
    """Write a note, one command."""
    with records.change("note add") as db:
        return notes.add(db, client, text, kind, staff.find(db, by) if by else staff.find_acting(db), label)


def found(records, *where):
    return records.listed(Query(notes.SOURCE, where), "id")


# -- what is stored -----------------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_kept_as_it_is(records, ana, text):
    note = write(records, ana, f"  {text}\n")
    assert note.text == text
    assert records.listed(Query(notes.SOURCE), "text", "type", "by", "at", "client") == [
        (text, "general", "Ana Müller", "2026-03-01T09:00:00Z", "Ana Díaz")
    ]


def test_a_text_is_kept_composed(records, ana):
    assert write(records, ana, "Jose\u0301").text == "Jos\u00e9"


@pytest.mark.parametrize("text", ["", "  ", "\n\t\n"])
def test_nothing_is_no_note(records, ana, text):
    with pytest.raises(UsageError, match="a note needs some text: give it, or - for standard input, or --editor"):
        write(records, ana, text)
    assert found(records) == []


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"])
def test_what_can_t_be_stored_is_refused(records, ana, text):
    with pytest.raises(UsageError, match="can't be stored"):
        write(records, ana, text)


def test_a_card_number_is_never_stored(records, ana):
    note = write(records, ana, "Pays late")
    with pytest.raises(RefusedError, match=r"ending in 1111"):
        write(records, ana, "Her card:\n4111 1111 1111 1111, thanks")
    with pytest.raises(RefusedError, match=r"ending in 1111"), records.change() as db:
        notes.edit(db, note, note._replace(text="4111-1111-1111-1111"))


def test_the_type_is_one_of_three(records, ana):
    for kind in notes.KINDS:
        assert write(records, ana, "x", kind).kind == kind
    for kind in ("Phone", "", "letter"):
        with pytest.raises(UsageError, match=f"no type of note '{kind}': there are general, meeting, call"):
            write(records, ana, "x", kind)


def test_a_note_does_not_move_its_client_in_the_list(records, ana):
    records.client("Bo")
    before = dump_file(records.path)["clients"]
    note = write(records, ana, "x")
    with records.change() as db:
        notes.edit(db, note, note._replace(text="y"))
    with records.change() as db:
        notes.remove(db, note)
    assert dump_file(records.path)["clients"] == before


def test_nothing_is_written_about_an_erased_client_and_their_notes_are_gone(records, ana):
    write(records, ana, "Very private")
    with opened.writing(records.path, "client delete", today=records.today, final=True) as db:
        erase(db, [ana.id], "2026-03-01")
    assert found(records) == []
    with pytest.raises(RefusedError, match="was erased on 2026-03-01"), records.change() as db:
        notes.add(db, clients.get(db, ana.id), "x", "general", staff.find_acting(db), None)


# -- which one ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["1", " 1 ", "id:1", "001"])
def test_a_note_is_named_by_its_number(records, ana, number):
    note = write(records, ana, "x")
    with records.read() as db:
        assert notes.find(db, number) == note


@pytest.mark.parametrize("number", ["2", "0", "9" * 30])
def test_a_number_that_no_note_has(records, ana, number):
    write(records, ana, "x")
    with records.read() as db, pytest.raises(NotFoundError, match=f"no note {number}: `clientctl note list`"):
        notes.find(db, number)


@pytest.mark.parametrize("number", ["", "x", "-1", "1.0", "N-1", "²", "١"])
def test_what_is_no_number(records, ana, number):
    with records.read() as db, pytest.raises(UsageError, match="is not the number of a note: `clientctl note list`"):
        notes.find(db, number)


# -- changes ------------------------------------------------------------------------------------


def test_an_edit_says_whether_anything_is_new(records, ana):
    note = write(records, ana, "Knee")
    with records.change() as db:
        vip, noor = labels.add(db, "VIP"), staff.add(db, "Noor")
        assert not notes.edit(db, note, note._replace(text=" Knee\n"))
        after = note._replace(text="Both knees", kind="call", label_id=vip.id, staff_id=noor.id)
        assert notes.edit(db, note, after)
        assert notes.find(db, "1") == after
        with pytest.raises(UsageError, match="needs some text"):
            notes.edit(db, after, after._replace(text=" "))


def test_a_text_made_from_an_older_one_is_refused(records, ana):
    note = write(records, ana, "Knee")
    with records.change() as db:
        notes.edit(db, note, note._replace(text="Both knees"))
    with records.change() as db:
        now = notes.find(db, "1")
        with pytest.raises(RefusedError, match="note 1 was changed in the meantime: edit it again"):
            notes.edit(db, now, now._replace(text="Left knee"), read="Knee")
        assert notes.edit(db, now, now._replace(text="Left knee"), read="Both knees")


def test_a_label_may_go_and_the_note_that_explained_it_stays(records, ana):
    with records.change() as db:
        vip = labels.add(db, "VIP")
    write(records, ana, "Because of her sister", label=vip)
    assert records.listed(Query(notes.SOURCE), "label") == ["VIP"]
    before = dump_file(records.path)
    with records.change("label remove") as db:
        labels.remove(db, vip)
    assert records.listed(Query(notes.SOURCE), "text", "label") == [("Because of her sister", None)]
    with records.change("undo") as db:
        history.undo(db)
    assert dump_file(records.path) == before


def test_what_is_changed_or_removed_can_be_seen_as_it_was_and_taken_back(records, ana):
    note = write(records, ana, "Knee")
    with records.change("note edit") as db:
        notes.edit(db, note, note._replace(text="Elbow", kind="meeting"))
    edited, number = dump_file(records.path), last_command(records.path)
    with records.change("note remove") as db:
        notes.remove(db, notes.find(db, "1"))
    assert found(records) == []
    for as_of, text in ((f"#{number}", "Knee"), (f"#{number + 1}", "Elbow")):
        with opened.reading(records.path, as_of=as_of) as db:
            assert notes.find(db, "1").text == text
    with records.change("undo") as db:
        history.undo(db)
    assert dump_file(records.path) == edited


# -- lists --------------------------------------------------------------------------------------


def test_notes_are_listed_as_they_were_written_and_chosen_by_all_that_is_asked(records, ana):
    bo = records.client("Bo")
    with records.change() as db:
        vip, noor = labels.add(db, "VIP"), staff.add(db, "Noor")
    write(records, ana, "Opération du GENOU en mai", "call")
    write(records, bo, "May: knee", "meeting", by="Noor", label=vip)
    write(records, ana, "Knees, again", by="Noor")
    assert found(records) == [1, 2, 3]
    assert found(records, *notes.SOURCE.where(client=ana)) == [1, 3]
    assert found(records, *notes.SOURCE.where(type=["call"])) == [1]
    assert found(records, *notes.SOURCE.where(type=["call", "meeting"])) == [1, 2]
    assert found(records, *notes.SOURCE.where(by=[noor])) == [2, 3]
    assert found(records, *notes.SOURCE.where(label=[vip])) == [2]
    assert found(records, *notes.SOURCE.where(client=ana), *notes.SOURCE.where(by=[noor])) == [3]
    with pytest.raises(UsageError, match="no type of note 'mail'"):
        notes.SOURCE.where(type=["call", "mail"])


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ("genou", [1]),
        ("GENÓU operation", [1]),
        ("du-genou", [1]),
        ("mai genou", [1]),
        ("kne", [2]),
        ("genou knee", []),
        ("%", []),
        ("_", []),
        ("", []),
        ("'", []),
        ("李", [2]),
    ],
)
def test_a_search_finds_all_its_words_whatever_the_case_and_accents(records, ana, wanted, ids):
    write(records, ana, "Opération du GENOU\nen mai")
    write(records, ana, "100% knee_pain 李")
    assert found(records, *notes.SOURCE.where(search=wanted)) == ids
    assert records.counted(Query(notes.SOURCE, notes.SOURCE.where(search=wanted))) == len(ids)
