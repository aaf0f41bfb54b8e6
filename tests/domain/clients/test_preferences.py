"""Keep marketing preferences: every time a client opted in or out, the last of them counting."""

from datetime import date

import pytest

from clientctl.base.listing import SEPARATOR
from clientctl.domain.client_file import card
from clientctl.domain.clients import preferences
from clientctl.domain.clients import record as clients
from clientctl.domain.overview import client_list
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.shared.queries import Query
from clientctl.errors import NotFoundError, RefusedError, UsageError


@pytest.fixture
def letters(records):
    """Return a database with Ana, client 1, Bo, client 2, and two preferences: Newsletter and Offers."""
    records.client("Ana"), records.client("Bo")
    with records.change("preference add") as db:
        preferences.add(db, "Newsletter")
        preferences.add(db, "Offers")
    return records


def opt(records, opted, *ids, on=None, how=None, name="newsletter", today=None):
    """Opt clients in or out, one command; return what became of each."""
    day = date.fromisoformat(on) if on else None
    with records.change("preference opt-in" if opted else "preference opt-out", today=today) as db:
        people = [clients.get(db, each) for each in ids]
        return preferences.record(db, people, [preferences.find(db, name)], opted, on=day, how=how)


def stands(records, client_id, name="newsletter"):
    with records.read() as db:
        return preferences.current_choice(db, client_id, preferences.find(db, name).id)


def said(records):
    return records.listed(Query(preferences.CONSENTS), "client_id", "on", "opted", "how", "from", "counts")


# -- names --------------------------------------------------------------------------------------


def test_a_preference_is_found_whatever_the_case_and_accents(records):
    with records.change() as db:
        made = preferences.add(db, "  Été   letter ")
        assert made.name == "Été letter"
        assert preferences.find(db, "ete-LETTER") == made
        for name in ("eté letter", "ETE LETTER"):
            with pytest.raises(RefusedError, match=r"the preference .* already exists"):
                preferences.add(db, name)
        other = preferences.add(db, "Other")
        with pytest.raises(RefusedError, match="already"):
            preferences.rename(db, other, "ete letter")
        assert preferences.rename(db, made, "ÉTÉ letter").name == "ÉTÉ letter"
        with pytest.raises(NotFoundError, match="`clientctl preference add nothing` adds one"):
            preferences.find(db, "nothing")


@pytest.mark.parametrize("name", ["", " ", "!!", "\u200b"])
def test_a_preference_needs_a_letter_or_a_digit(records, name):
    with records.change() as db, pytest.raises(UsageError, match="needs a letter or a digit"):
        preferences.add(db, name)


def test_a_card_number_is_kept_nowhere(letters):
    with letters.change() as db, pytest.raises(RefusedError, match="ending in 1111"):
        preferences.add(db, "4111111111111111")
    with pytest.raises(RefusedError, match="ending in 1111"):
        opt(letters, True, 1, how="4111 1111 1111 1111")
    assert said(letters) == []


# -- in and out ---------------------------------------------------------------------------------


def test_every_change_is_kept_and_the_last_counts(letters):
    assert stands(letters, 1) is None
    opt(letters, True, 1, on="2026-01-10", how=" paper\n form ")
    opt(letters, False, 1, on="2026-02-10")
    assert stands(letters, 1) == 0
    opt(letters, True, 1)
    assert stands(letters, 1) == 1
    assert said(letters) == [
        (1, "2026-01-10", "in", "paper form", "hand", 0),
        (1, "2026-02-10", "out", None, "hand", 0),
        (1, "2026-03-01", "in", None, "hand", 1),
    ]
    assert stands(letters, 1, "offers") is None
    assert stands(letters, 2) is None


def test_who_is_so_already_is_told_since_when_and_kept_once(letters):
    opt(letters, True, 1, on="2026-02-01")
    again, new = opt(letters, True, 1, 2)
    assert (again.client_id, again.same_since, new.client_id, new.same_since) == (1, "2026-02-01", 2, None)
    assert len(said(letters)) == 2
    with letters.read() as db:
        before = db.value("SELECT max(id) FROM commands")
    opt(letters, True, 1)
    with letters.read() as db:
        assert db.value("SELECT max(id) FROM commands") == before


def test_a_change_learnt_of_late_does_not_outweigh_a_later_one(letters):
    opt(letters, False, 1, on="2026-02-10")
    (change,) = opt(letters, True, 1, on="2026-01-10")
    assert (change.same_since, change.until) == (None, "2026-02-10")
    assert stands(letters, 1) == 0
    assert [row[1] for row in said(letters)] == ["2026-01-10", "2026-02-10"]


def test_of_two_changes_on_a_day_the_one_kept_last_counts(letters):
    for opted in (True, False, True):
        opt(letters, opted, 1, on="2026-01-10")
        assert stands(letters, 1) == int(opted)


def test_nobody_agrees_in_the_future(letters):
    with pytest.raises(UsageError, match="2026-03-02 is in the future"):
        opt(letters, True, 1, on="2026-03-02")
    opt(letters, True, 1, on="2026-03-02", today="2026-03-02")


def test_opting_moves_a_client_in_the_list_and_only_when_it_is_new(letters):
    opt(letters, True, 1)
    query = lambda db: client_list.query(db, ClientFilter())  # noqa: E731 - what is asked, twice
    with letters.read() as db:
        asked = query(db)
    assert letters.listed(asked, "id") == [2, 1]
    opt(letters, True, 2)
    opt(letters, True, 1)
    assert letters.listed(asked, "id") == [1, 2]


# -- from elsewhere -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "imported", "kept", "after"),
    [
        (None, True, True, 1),
        (None, False, True, 0),
        (True, True, False, 1),
        (True, False, True, 0),
        (False, True, False, 0),
        (False, False, False, 0),
    ],
)
def test_an_import_never_turns_on_what_a_client_opted_out_of(letters, before, imported, kept, after):
    if before is not None:
        opt(letters, before, 1, on="2026-01-10")
    with letters.change("import csv") as db:
        assert (1 in preferences.record_import(db, preferences.find(db, "newsletter"), {1: imported}).changed) is kept
    assert stands(letters, 1) == after
    assert [row[4] for row in said(letters)] == ["hand"] * (before is not None) + ["import"] * kept


@pytest.mark.parametrize("ana", [None, True, False])
@pytest.mark.parametrize("bo", [None, True, False])
def test_in_a_merge_out_wins(letters, ana, bo):
    for client_id, opted, day in ((1, ana, "2026-02-20"), (2, bo, "2026-02-10")):
        if opted is not None:
            opt(letters, opted, client_id, on=day)
    with letters.change("client merge") as db:
        preferences.merge_opt_outs(db, 1, 2)
        for (row,) in db.rows("SELECT id FROM consents WHERE client_id = 2"):
            db.update("consents", row, client_id=1)
    expected = None if ana is None and bo is None else int(False not in (ana, bo))
    assert stands(letters, 1) == expected


# -- what is shown ------------------------------------------------------------------------------


def test_the_list_counts_the_clients_that_lists_show(letters):
    chloe = letters.client("Chloé")
    opt(letters, True, 1, 2, chloe.id)
    opt(letters, False, 2)
    with letters.change("client archive") as db:
        clients.archive(db, chloe)
    rows = letters.listed(Query(preferences.SOURCE), "name", "opted_in", "opted_out")
    assert rows == [("Newsletter", 1, 1), ("Offers", 0, 0)]
    assert letters.listed(Query(preferences.SOURCE, preferences.like("OFF")), "name") == ["Offers"]


def test_the_client_list_names_what_each_is_opted_in_to_and_filters_by_it(letters):
    with letters.change() as db:
        preferences.add(db, "Été, etc.")
    opt(letters, True, 1, 2)
    opt(letters, True, 1, name="été etc")
    opt(letters, True, 1, name="offers", on="2026-01-01")
    opt(letters, False, 1, name="offers")
    opt(letters, False, 2)
    with letters.read() as db:
        everyone = client_list.query(db, ClientFilter())
        ids = {name: preferences.find(db, name).id for name in ("newsletter", "offers", "été etc")}
        asked = {
            names: client_list.query(db, ClientFilter(preferences=tuple(ids[name] for name in names)))
            for names in (("newsletter",), ("offers",), ("offers", "newsletter"), ("été etc", "newsletter"))
        }
    shown = dict(letters.listed(everyone, "id", "preferences"))
    assert (shown[1].split(SEPARATOR), shown[2]) == (["Été, etc.", "Newsletter"], None)
    assert {names: letters.listed(query, "id") for names, query in asked.items()} == {
        ("newsletter",): [1],
        ("offers",): [],
        ("offers", "newsletter"): [1],
        ("été etc", "newsletter"): [1],
    }


def test_the_card_shows_how_the_client_stands_to_each(letters):
    opt(letters, True, 1, how="paper form", on="2026-01-10")
    opt(letters, False, 1, name="offers")
    with letters.read() as db:
        _, listing = card.client(db, "1").sections["preferences"]
        assert list(listing.rows) == [
            ("Newsletter", "in", "2026-01-10", "paper form", "hand"),
            ("Offers", "out", "2026-03-01", None, "hand"),
        ]
        assert list(card.client(db, "2").sections["preferences"][1].rows) == []


def test_history_tells_who_kept_it_and_when_also_after_it_was_undone_and_made_again(letters, monkeypatch):
    from clientctl.domain.journal import history

    opt(letters, True, 1)
    for number, act in enumerate((history.undo, history.redo)):
        monkeypatch.setenv("CLIENTCTL_NOW", f"2026-03-0{number + 2}T09:00:00Z")
        with letters.change("undo") as db:
            act(db)
    rows = letters.listed(Query(preferences.CONSENTS), "on", "kept_at", "kept_by")
    assert rows == [("2026-03-01", "2026-03-01T09:00:00Z", "Ana Müller")]


def test_removing_takes_every_consent_along(letters):
    opt(letters, True, 1, 2)
    opt(letters, False, 2)
    opt(letters, True, 2, name="offers")
    with letters.change("preference remove") as db:
        found = preferences.find(db, "newsletter")
        assert preferences.count_consents(db, found) == (3, 2)
        assert preferences.remove(db, found) == (3, 2)
    assert [row[:3] for row in said(letters)] == [(2, "2026-03-01", "in")]
