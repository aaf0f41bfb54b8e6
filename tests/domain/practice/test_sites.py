"""Sites: found by name, archived without losing their clients, one of them the default of lists."""

import pytest

from clientctl.domain.clients import record as clients
from clientctl.domain.practice import settings, sites
from clientctl.domain.shared.queries import Query
from clientctl.errors import NotFoundError, RefusedError, UsageError


@pytest.fixture
def lyon(records):
    """Add the site Lyon."""
    with records.change("site add") as db:
        return sites.add(db, "Lyon")


def test_a_site_is_found_whatever_the_case_and_accents(records):
    with records.change() as db:
        made = sites.add(db, "  Évry   centre ")
        assert made.name == "Évry centre"
        assert sites.find(db, "evry-CENTRE") == made
        for name in ("vry", "", "!"):
            with pytest.raises(NotFoundError, match=r"`clientctl site list` .* `clientctl site add .*` adds it"):
                sites.find(db, name)


@pytest.mark.parametrize("name", ["", "!", "all", "ALL", "All!"])
def test_a_site_needs_a_name_that_means_it(records, lyon, name):
    with records.change() as db:
        with pytest.raises(UsageError, match="is not a name for a site"):
            sites.add(db, name)
        with pytest.raises(UsageError, match="is not a name for a site"):
            sites.rename(db, lyon, name)


def test_names_are_unique(records, lyon):
    with records.change() as db:
        with pytest.raises(RefusedError, match="the site 'LYON' already exists"):
            sites.add(db, "LYON")
        paris = sites.add(db, "Paris")
        with pytest.raises(RefusedError, match="already"):
            sites.rename(db, paris, "lyon")
        assert sites.rename(db, lyon, "LYON").name == "LYON"


def test_an_archived_site_is_used_no_more(records, lyon):
    with records.change() as db:
        assert sites.find_open(db, "lyon") == lyon
        assert sites.archive(db, lyon)
        assert not sites.archive(db, sites.find(db, "Lyon"))
        with pytest.raises(
            RefusedError, match="the site Lyon was archived on 2026-03-01: `clientctl site restore Lyon`"
        ):
            sites.find_open(db, "Lyon")
        with pytest.raises(RefusedError, match="Lyon was archived on 2026-03-01"):
            settings.put(db, "site", "Lyon")
        assert sites.restore(db, sites.find(db, "Lyon"))
        assert sites.find_open(db, "Lyon") == lyon


def test_the_default_follows_its_name_and_is_not_archived(records, lyon):
    with records.change() as db:
        assert settings.put(db, "site", "LYÓN") == "Lyon"
        renamed = sites.rename(db, lyon, "Lyon 2")
        assert settings.get(db, "site") == "Lyon 2"
        with pytest.raises(RefusedError, match="Lyon 2 is the site of the setting site"):
            sites.archive(db, renamed)
        with pytest.raises(NotFoundError, match="no site 'Yon': `clientctl site list`"):
            settings.put(db, "site", "Yon")
        settings.unset(db, "site")
        assert sites.archive(db, renamed)


def test_the_list_counts_who_is_at_home_there(records, lyon):
    bo, cy, _ = (records.client(name) for name in ("Bo", "Cy", "Di"))
    with records.change() as db:
        sites.add(db, "Annecy")
        for client in (bo, cy):
            db.update("clients", client.id, site_id=lyon.id)
        clients.archive(db, cy)
    assert records.listed(Query(sites.SOURCE), "name", "clients") == [("Annecy", 0), ("Lyon", 1)]
