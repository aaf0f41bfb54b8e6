"""Staff: found by name, archived and restored, and who of them runs a command."""

import pytest

from clientctl.domain.clients import tasks
from clientctl.domain.practice import settings, staff
from clientctl.domain.shared.queries import Query
from clientctl.errors import NotFoundError, RefusedError, UsageError


@pytest.fixture
def noor(records):
    """Add Noor, who works here beside Ana Müller, the owner."""
    with records.change("staff add") as db:
        return staff.add(db, "Noor")


def signed(records) -> str:
    """Return who signed the last command."""
    with records.read() as db:
        return db.value("SELECT who FROM commands ORDER BY id DESC")


def test_somebody_is_found_whatever_the_case_and_accents(records, noor):
    with records.read() as db:
        assert staff.find(db, "ana muller").name == "Ana Müller"
        assert staff.find(db, " NOOR ") == noor
        for name in ("Sacha", "", "!", "1"):
            with pytest.raises(NotFoundError, match=r"; staff: Ana Müller, Noor$"):
                staff.find(db, name)


def test_names_are_unique_and_have_a_letter(records, noor):
    with records.change() as db:
        with pytest.raises(RefusedError, match="already exists"):
            staff.add(db, "nóor")
        with pytest.raises(RefusedError, match="already exists"):
            staff.rename(db, noor, "ANA MULLER")
        with pytest.raises(UsageError, match="needs a letter or a digit"):
            staff.add(db, "!?")
        assert staff.rename(db, noor, "NOOR").name == "NOOR"


def test_who_acts_is_the_variable_else_the_setting_else_the_first_who_works_here(records, noor, monkeypatch):
    with records.change() as db:
        assert staff.find_acting_name(db) == "Ana Müller"
        settings.put(db, "user", "noor")
        assert staff.find_acting_name(db) == "Noor"
        monkeypatch.setenv("CLIENTCTL_USER", "ANA MULLER")
        assert staff.find_acting_name(db) == "Ana Müller"
    assert signed(records) == "Ana Müller"


def test_the_owner_may_leave_and_the_next_one_acts(records, noor):
    with records.change() as db:
        assert staff.archive(db, staff.find(db, "Ana Müller"))
    records.client("Bo")
    assert signed(records) == "Noor"


def test_the_last_one_who_works_here_stays(records, noor):
    with records.change() as db:
        assert staff.archive(db, noor)
        for _ in range(2):
            with pytest.raises(RefusedError, match="Ana Müller is the only active staff member: add another"):
                staff.archive(db, staff.find(db, "Ana Müller"))
        assert not staff.archive(db, staff.find(db, "Noor"))
        assert staff.restore(db, staff.find(db, "Noor"))
        assert not staff.restore(db, staff.find(db, "Noor"))
        assert staff.archive(db, staff.find(db, "Ana Müller"))


def test_who_acts_by_the_setting_is_not_archived_and_nobody_archived_is_set(records, noor):
    with records.change() as db:
        settings.put(db, "user", "Noor")
        with pytest.raises(
            RefusedError, match="Noor is the user of the setting user: `clientctl config set user --default`"
        ):
            staff.archive(db, noor)
        settings.unset(db, "user")
        staff.archive(db, noor)
        with pytest.raises(RefusedError, match="Noor was archived on 2026-03-01"):
            settings.put(db, "user", "Noor")
        with pytest.raises(NotFoundError, match="no staff member named 'Sacha': `clientctl staff list`"):
            settings.put(db, "user", "Sacha")


def test_an_archived_one_acts_no_more(records, noor, monkeypatch):
    with records.change() as db:
        staff.archive(db, noor)
    monkeypatch.setenv("CLIENTCTL_USER", "Noor")
    refused = "CLIENTCTL_USER names Noor, who was archived on 2026-03-01: name another staff member"
    with pytest.raises(RefusedError, match=refused), records.change():
        pass
    with records.read() as db, pytest.raises(RefusedError, match="Noor was archived on 2026-03-01"):
        staff.find_active(db, "noor")


def test_the_setting_follows_a_new_name_and_the_journal_keeps_the_old(records, noor):
    with records.change() as db:
        settings.put(db, "user", "Noor")
    records.client("Bo")
    with records.change() as db:
        staff.rename(db, noor, "Noor van Dam")
        assert settings.get(db, "user") == "Noor van Dam"
    with records.read() as db:
        assert staff.find_acting_name(db) == "Noor van Dam"
    assert signed(records) == "Noor"


def test_the_list_counts_what_each_has_to_do(records, noor):
    bo = records.client("Bo")
    with records.change() as db:
        for _ in range(3):
            task = tasks.add(db, bo, "Call", noor, None)
        tasks.finish(db, task)
        assert staff.count_open_tasks(db, noor) == 2
    assert records.listed(Query(staff.SOURCE), "name", "tasks") == [("Ana Müller", 0), ("Noor", 2)]
