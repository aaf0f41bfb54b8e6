"""Open the book: which file, who acts, what day it is, and the settings that say so."""

import pytest

from clientctl.domain.clients import record as clients
from clientctl.domain.practice import settings, staff
from clientctl.domain.session import opened as book
from clientctl.errors import NotFoundError, RefusedError, UsageError


def set_to(records, key, value):
    with records.change("config set") as db:
        return settings.put(db, key, value)


def who(records):
    with records.change(dry_run=True) as db:
        return db.value("SELECT who FROM commands WHERE id = ?", (db.command,))


# -- which file ---------------------------------------------------------------------------------


def test_the_file_is_the_one_given_else_the_environments_else_the_platforms(tmp_path, monkeypatch):
    assert book.path_of(None).name == "clients.db"
    assert book.path_of(None).is_relative_to(tmp_path)
    monkeypatch.setenv("CLIENTCTL_DB", str(tmp_path / "b.db"))
    assert book.path_of(None) == tmp_path / "b.db"
    assert book.path_of(str(tmp_path / "a.db")) == tmp_path / "a.db"


def test_a_new_file_has_an_owner_and_its_first_settings(tmp_path):
    book.initialize(tmp_path / "new.db", " Zoé  Dubois ", {"currency": "chf", "region": "ch"})
    with book.reading(tmp_path / "new.db") as db:
        assert staff.find_acting_name(db) == "Zoé Dubois"
        assert (settings.get(db, "currency"), settings.get(db, "region")) == ("CHF", "CH")
        assert db.rows("SELECT id, who, name, final FROM commands") == [(1, "Zoé Dubois", "db init", 1)]


@pytest.mark.parametrize(
    ("owner", "values"),
    [("Ana", {"currency": "ZZZ"}), ("Ana", {"region": "France"}), ("Ana", {"timezone": "Mars/Base"}), ("--", {})],
)
def test_a_value_that_makes_no_sense_makes_no_file(tmp_path, owner, values):
    with pytest.raises(UsageError):
        book.initialize(tmp_path / "folder" / "new.db", owner, values)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_left_alone(records):
    before = records.path.read_bytes()
    with pytest.raises(RefusedError, match="already exists"):
        book.initialize(records.path, "Bo", {})
    assert records.path.read_bytes() == before


# -- what day -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "day"),
    [(None, "2026-03-01"), ("2025-12-31", "2025-12-31"), ("tomorrow", "2026-03-02"), ("+1m", "2026-04-01")],
)
def test_today_is_the_day_given_else_the_environments(book, given, day):
    from clientctl.domain.session import opened

    with opened.reading(book, today=given) as db:
        assert db.today.isoformat() == day
    with opened.writing(book, "client edit", today=given) as db:
        assert db.today.isoformat() == day


@pytest.mark.parametrize(("zone", "day"), [("UTC", "2026-03-01"), ("Asia/Tokyo", "2026-03-02")])
def test_without_either_it_is_the_day_in_the_practitioners_zone(records, monkeypatch, zone, day):
    set_to(records, "timezone", zone)
    monkeypatch.delenv("CLIENTCTL_TODAY")
    monkeypatch.setenv("CLIENTCTL_NOW", "2026-03-01T20:00:00Z")
    with book.reading(records.path) as db:
        assert db.today.isoformat() == day


# -- who acts -----------------------------------------------------------------------------------


def test_who_acts_is_the_environments_user_else_the_settings_else_the_owner(records, monkeypatch):
    assert who(records) == "Ana Müller"
    with records.change() as db:
        staff.add(db, "Bo")
        staff.add(db, "Chloé")
    assert set_to(records, "user", " BO ") == "Bo"
    assert who(records) == "Bo"
    monkeypatch.setenv("CLIENTCTL_USER", "chloe")
    assert who(records) == "Chloé"


def test_somebody_unknown_can_not_act(records, monkeypatch):
    monkeypatch.setenv("CLIENTCTL_USER", "Zoé")
    with pytest.raises(NotFoundError, match="no staff member named 'Zoé'; staff: Ana Müller"):
        records.client("Bo")
    with records.read() as db:
        assert db.value("SELECT count(*) FROM clients") == 0


def test_somebody_unknown_can_not_be_set_to_act(records):
    with pytest.raises(NotFoundError, match="no staff member named 'Zoé'"):
        set_to(records, "user", "Zoé")
    assert who(records) == "Ana Müller"


# -- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "typed", "stored"),
    [
        ("currency", "chf", "CHF"),
        ("region", " it ", "IT"),
        ("timezone", "Europe/Paris", "Europe/Paris"),
        ("language", "en", "en"),
        ("within", "014", "14"),
        ("within", "0", "0"),
        ("day_first", "YES", "yes"),
    ],
)
def test_a_setting_is_stored_as_it_is_written_and_goes_back_to_its_default(records, key, typed, stored):
    with records.read() as db:
        default = settings.get(db, key)
    assert set_to(records, key, "no" if key == "day_first" else typed) is not None
    assert set_to(records, key, typed) == stored
    with records.change() as db:
        assert settings.get(db, key) == stored
        assert (key, stored, 1) in [row[:3] for row in settings.listing(db).rows]
        settings.unset(db, key)
        settings.unset(db, key)
        assert settings.get(db, key) == default
        assert (key, default, 0) in [row[:3] for row in settings.listing(db).rows]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("currency", "euro"),
        ("currency", ""),
        ("region", "France"),
        ("region", "ZZ"),
        ("timezone", "Mars/Base"),
        ("timezone", "../../etc/passwd"),
        ("language", "fr"),
        ("within", "-1"),
        ("within", "1.5"),
        ("within", "٣"),
        ("within", "3651"),
        ("within", "9" * 5000),
        ("day_first", "maybe"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused(records, key, value):
    with pytest.raises(UsageError):
        set_to(records, key, value)
    with records.read() as db:
        assert settings.get(db, key) == settings.SETTINGS[key].default


def test_an_unknown_setting_is_answered_with_those_there_are(records):
    for act in (settings.get, settings.unset, lambda db, key: settings.put(db, key, "1")):
        with (
            records.change() as db,
            pytest.raises(NotFoundError, match="no setting 'colour'; settings: currency, region"),
        ):
            act(db, "colour")


def test_a_command_that_fails_leaves_nothing_behind(records):
    def fail():
        with records.change() as db:
            clients.add(db, {"first_name": "Ana"}, source="hand")
            clients.add(db, {}, source="hand")

    with pytest.raises(UsageError):
        fail()
    with records.read() as db:
        assert (db.value("SELECT count(*) FROM clients"), db.value("SELECT max(id) FROM commands")) == (0, 1)
