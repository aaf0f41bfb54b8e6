"""What each command did is known: it is taken back and made again in order, and the past can be looked at."""

from collections.abc import Callable
from pathlib import Path

import pytest
from looking import as_of, change, dump, dump_file, files, find_names, last_command, look

from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.journal import history
from clientctl.domain.offers import plans
from clientctl.domain.practice import settings
from clientctl.errors import NotFoundError, RefusedError
from clientctl.store import Writer, journal, undoing
from clientctl.store.catalog import TABLES


def undo(path: Path, named: int | None = None) -> int:
    with change(path, "undo") as db:
        return history.undo(db, named).id


def redo(path: Path) -> int:
    with change(path, "redo") as db:
        return history.redo(db).id


def revert(path: Path, number: int) -> None:
    """Take back any command, as undo does the last one."""
    with change(path, "undo") as db:
        entry = undoing.find_entry(db.connection, number)
        assert entry is not None
        undoing.revert(db.connection, entry, db.command)


def add_label(path: Path, name: str) -> None:
    with change(path, "label add") as db:
        labels.add(db, name)


def add_client(path: Path, **values: str) -> int:
    with change(path, "client add") as db:
        return clients.add(db, values, source="hand")


# -- one command of any kind, taken back and made again -----------------------------------------


def swap(db: Writer) -> None:
    db.update("labels", 1, name_key="between")
    db.update("labels", 2, name="One", name_key="one")
    db.update("labels", 1, name="Two", name_key="two")


def swap_by_removing(db: Writer) -> None:
    labels.remove(db, labels.find(db, "One"))
    labels.rename(db, labels.find(db, "Two"), "One")
    labels.add(db, "Two")


def remove_and_add(db: Writer) -> None:
    labels.remove(db, labels.find(db, "One"))
    labels.add(db, "One")


def there_and_back(db: Writer) -> None:
    labels.remove(db, labels.add(db, "Three"))
    db.update("labels", 1, name="x")
    db.update("labels", 1, name="One")
    db.connection.execute("REPLACE INTO labels SELECT * FROM labels WHERE id = 2")


def replace_a_row(db: Writer) -> None:
    db.connection.execute("REPLACE INTO labels(id, kind, name, name_key) VALUES (1, 'custom', 'Two', 'two')")


def change_twice(db: Writer) -> None:
    db.update("labels", 1, name="x")
    db.update("labels", 1, name="y")
    db.delete("labels", 2)


def everything_at_once(db: Writer) -> None:
    settings.put(db, "within", "3")
    client = clients.add(db, {"first_name": "Ana"}, source="hand")
    plan = plans.add(db, "Yoga")
    labels.attach_automatic(db, "plan", plan.id, plan.name, [client])
    labels.attach(db, [client], [labels.find(db, "One")])
    labels.remove(db, labels.find(db, "One"))


@pytest.mark.parametrize(
    "act",
    [swap, swap_by_removing, remove_and_add, replace_a_row, change_twice, everything_at_once],
    ids=lambda act: act.__name__,
)
def test_a_command_is_taken_back_and_made_again(book: Path, act: Callable[[Writer], None]) -> None:
    add_label(book, "One")
    add_label(book, "Two")
    before = dump_file(book)
    with change(book, "act") as db:
        act(db)
    after = dump_file(book)
    for number in (5, 7):
        assert undo(book) == 4
        assert dump_file(book) == before
        assert redo(book) == 4
        assert dump_file(book) == after
        assert last_command(book) == number + 1
    for number in range(4, 9):
        with as_of(book, number) as db:
            assert dump(db) == (before if number % 2 else after)


def test_a_command_that_ends_where_it_began_leaves_no_entry(book: Path) -> None:
    add_label(book, "One")
    add_label(book, "Two")
    before = files(book)
    with change(book, "act") as db:
        there_and_back(db)
    assert (files(book), db.changed) == (before, False)


def test_a_command_leaves_one_image_of_each_row_that_it_left_other(book: Path) -> None:
    """Nothing of what stood only inside of it, nor of what it left as it was."""
    add_label(book, "One")
    add_label(book, "Two")
    with change(book, "act") as db:
        change_twice(db)
        labels.remove(db, labels.add(db, "Three"))
        db.update("staff", 1, name="Zoé")
        db.update("staff", 1, name="Ana Müller")
    with look(book) as db:
        images = db.rows("SELECT op, id, name FROM labels_log WHERE command_id = 4 ORDER BY id")
        marks = db.rows("SELECT of, id, op FROM changes WHERE command_id = 4")
        others = db.rows("SELECT * FROM staff_log WHERE command_id = 4")
    assert images == [("u", 1, "y"), ("d", 2, None)]
    assert (marks, others) == ([(TABLES["labels"].number, 1, "u"), (TABLES["labels"].number, 2, "d")], [])


def test_a_log_that_is_read_inside_a_command_has_what_it_did_so_far(book: Path) -> None:
    add_label(book, "One")
    add_label(book, "Two")
    before = dump_file(book)
    with change(book, "act") as db:
        for step in (change_twice, swap_names_back, lambda db: db.delete("labels", 1)):
            step(db)
            journal.flush(db.connection)
            live = db.rows("SELECT id, name FROM labels ORDER BY id")
            newest = "SELECT max(seq) FROM labels_log GROUP BY id"
            assert live == db.rows(f"SELECT id, name FROM labels_log WHERE seq IN ({newest}) AND op <> 'd' ORDER BY id")
    after = dump_file(book)
    assert (undo(book), dump_file(book)) == (4, before)
    assert (redo(book), dump_file(book)) == (4, after)


def swap_names_back(db: Writer) -> None:
    db.update("labels", 1, name="One")
    db.insert("labels", kind="custom", name="Three", name_key="three")


# -- which command is taken back ----------------------------------------------------------------


def test_undo_goes_back_and_redo_forth(book: Path) -> None:
    states = [dump_file(book)]
    for name in ("One", "Two", "Three"):
        add_label(book, name)
        states.append(dump_file(book))
    assert [undo(book), undo(book)] == [4, 3]
    assert dump_file(book) == states[1]
    assert [redo(book), undo(book), undo(book)] == [3, 3, 2]
    assert dump_file(book) == states[0]
    assert [redo(book), redo(book), redo(book)] == [2, 3, 4]
    assert dump_file(book) == states[3]
    with pytest.raises(RefusedError, match=r"^nothing to redo$"):
        redo(book)


def test_redo_ends_at_the_next_change(book: Path) -> None:
    add_label(book, "One")
    undo(book)
    add_label(book, "Two")
    before = files(book)
    with pytest.raises(RefusedError, match=r"^nothing to redo$"):
        redo(book)
    assert files(book) == before
    assert undo(book) == 4
    with pytest.raises(RefusedError, match=r"^nothing to undo: #1 db init is final$"):
        undo(book)


def test_what_is_final_stands_and_nothing_is_taken_back_from_before_an_erasure(book: Path) -> None:
    add_label(book, "One")
    with change(book, "client delete", final=True) as db:
        labels.add(db, "Two")
    add_label(book, "Three")
    assert undo(book) == 4
    before = files(book)
    since = "#2 can't be undone: #3 client delete is final and came later"
    for named, told in ((None, "nothing to undo: #3 client delete is final"), (2, since)):
        with pytest.raises(RefusedError, match=f"^{told}$"):
            undo(book, named)
    assert files(book) == before


def test_what_came_before_a_final_command_is_taken_back_by_its_number(book: Path) -> None:
    client = add_client(book, first_name="Ana", last_name="Müller")  # 2
    with change(book, "note add") as db:  # 3
        db.insert(
            "notes", client_id=client, kind="general", text="Hello", staff_id=1, written_at="2026-03-01T09:00:00Z"
        )
    before = dump_file(book)
    for label in ("One", "Two"):  # 4, 5
        with change(book, "message remind", final=True) as db:
            labels.add(db, label)
    told = "^#5 message remind is final; `clientctl undo '#3'` undoes #3 note add \\(Ana Müller \\(1\\)\\)$"
    with pytest.raises(RefusedError, match=told):
        undo(book)
    with pytest.raises(RefusedError, match=r"^#2 can't be undone yet: #3 note add .* came later: `clientctl undo`"):
        undo(book, 2)
    assert undo(book, 3) == 3
    assert dump_file(book)["notes"] == []
    with pytest.raises(RefusedError, match=r"^#3 note add was undone by #6: `clientctl redo`"):
        undo(book, 3)
    assert redo(book) == 3
    assert dump_file(book)["notes"] == before["notes"]
    for number, told in ((4, "is final"), (6, "is an undo or redo of #3"), (1, "is final")):
        with pytest.raises(RefusedError, match=told):
            undo(book, number)
    for number in (0, 99):
        with pytest.raises(NotFoundError, match=f"no command #{number}: `clientctl log`"):
            undo(book, number)


@pytest.mark.parametrize("built", ["touched", "refers"])
def test_what_a_final_command_was_built_on_stays(book: Path, built: str) -> None:
    client = add_client(book, first_name="Ana")  # 2
    with change(book, "client edit") as db:  # 3
        clients.edit(db, clients.get(db, client), {"company": "Acme"})
    with change(book, "message remind", final=True) as db:  # 4
        if built == "touched":
            db.update("clients", client, company="Bcme")
        else:
            db.insert("tasks", client_id=client, description="x", staff_id=1, created_on="2026-03-01")
    before = files(book)
    where = "clients 1" if built == "touched" else "tasks 1"
    for named in (None, 3):
        edit = r"^#3 client edit \(Ana \(1\)\) can't be undone: "
        told = rf"{edit}#4 message remind is final and depends on it \({where}\)"
        with pytest.raises(RefusedError, match=told):
            undo(book, named)
    assert files(book) == before


# -- what can't be taken back -------------------------------------------------------------------


def test_what_was_changed_since_is_named(book: Path) -> None:
    add_label(book, "One")
    with change(book, "label rename") as db:
        labels.rename(db, labels.find(db, "One"), "Two")
    before = files(book)
    told = (
        r"^#2 label add can't be undone: labels 1 was changed since by #3 label rename"
        r" \(Ana Müller, 2026-03-01T09:00:00Z\); undo that first$"
    )
    with pytest.raises(RefusedError, match=told):
        revert(book, 2)
    assert files(book) == before


def test_what_was_removed_since_is_named(book: Path) -> None:
    add_label(book, "One")
    with change(book, "label remove") as db:
        labels.remove(db, labels.find(db, "One"))
    with pytest.raises(RefusedError, match="#2 label add can't be undone: labels 1 was changed since by #3"):
        revert(book, 2)


def test_what_refers_to_it_since_is_named(book: Path) -> None:
    add_label(book, "One")
    client = add_client(book, first_name="Ana")
    with change(book, "label attach") as db:
        db.insert("client_labels", client_id=client, label_id=1)
    before = files(book)
    told = "^#2 label add can't be undone: client_labels 1 came later and refers to what it added; undo that first$"
    with pytest.raises(RefusedError, match=told):
        revert(book, 2)
    assert files(book) == before


def test_a_name_taken_since_is_not_taken_twice(book: Path) -> None:
    add_label(book, "One")
    with change(book, "label remove") as db:
        labels.remove(db, labels.find(db, "One"))
    add_label(book, "One")
    before = files(book)
    with pytest.raises(RefusedError, match="another record already has it"):
        revert(book, 3)
    assert files(book) == before


def test_what_others_did_not_touch_is_taken_back_all_the_same(book: Path) -> None:
    add_label(book, "One")
    add_label(book, "Two")
    revert(book, 2)
    with look(book) as db:
        assert db.rows("SELECT id, name FROM labels") == [(2, "Two")]


# -- the past -----------------------------------------------------------------------------------


def test_the_search_finds_people_as_they_were(book: Path) -> None:
    add_client(book, first_name="Zoé", last_name="Bauer", email="zoe@old.example", phone="+33612345678")  # 2
    with change(book, "client edit") as db:  # 3
        clients.edit(db, clients.get(db, 1), {"last_name": "Weiß", "email": None, "phone": "+33698765432"})
    add_client(book, first_name="Zacharie", last_name="Weiss")  # 4
    undo(book)  # 5
    wanted = ("bauer", "weiss", "old.example", "612345678", "98765432", "zacharie", "z")
    bauer, weiss, both = ["Zoé Bauer"], ["Zoé Weiß"], ["Zacharie Weiss", "Zoé Weiß"]
    then = {number: [found_at(book, number, each) for each in wanted] for number in range(1, 6)}
    assert then[1] == [[], [], [], [], [], [], []]
    assert then[2] == [bauer, [], bauer, bauer, [], [], bauer]
    assert then[3] == [[], weiss, [], [], weiss, [], weiss]
    assert then[4] == [[], both, [], [], weiss, ["Zacharie Weiss"], both]
    assert then[5] == then[3]


def found_at(path: Path, command: int, wanted: str) -> list[str]:
    with as_of(path, command) as db:
        return find_names(db, wanted)


def test_the_past_can_not_be_changed_and_does_not_change_the_present(book: Path) -> None:
    add_label(book, "One")
    before = files(book)
    with as_of(book, 1) as db:
        assert dump(db)["labels"] == []
        assert db.value("SELECT max(id) FROM commands") == 1
        with pytest.raises(Exception, match="readonly"):
            db.connection.execute("DELETE FROM staff")
    assert files(book) == before


def test_before_the_first_command_there_was_nothing(book: Path) -> None:
    with as_of(book, 0) as db:
        assert not any(dump(db).values())
