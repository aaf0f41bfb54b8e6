"""Services: their lengths and terms, found by name, and the label that follows the name."""

import pytest

from clientctl.base.money import Money
from clientctl.base.wall_time import Length
from clientctl.domain.clients import labels
from clientctl.domain.offers import services
from clientctl.domain.offers.services import Service
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request
from clientctl.errors import NotFoundError, RefusedError, UsageError

MASSAGE = Service(0, "Massage", Length(60), Money(6000, "EUR"), after=15)


def shown(records, *columns: str) -> list[tuple[object, ...]]:
    with records.change() as db:
        return [tuple(row) for row in queries.listing(db, Query(services.SOURCE), Request(columns)).rows]


def test_a_service_is_found_as_it_was_added(records):
    whole = Service(0, "Retraite", Length(days=14), place="client")
    online = Service(0, "Bilan", Length(45), before=10, place="online", link="Meet.Example.com/A")
    with records.change() as db:
        added = [services.add(db, each) for each in (MASSAGE, whole, online)]
        assert [services.find(db, each.name.lower()[:4]) for each in added] == added
        assert added[2].link == "https://meet.example.com/A"


@pytest.mark.parametrize(
    "length", [*(Length(minutes) for minutes in (1, 5, 59, 60, 61, 65, 90, 119, 120, 1440)), Length(days=1)]
)
def test_a_length_is_listed_as_it_is_typed(records, length):
    with records.change() as db:
        services.add(db, MASSAGE._replace(length=length, before=length.minutes % 720))
    before = length.minutes % 720
    assert shown(records, "length", "before") == [(str(length), str(Length(before)) if before else None)]


def test_services_are_sorted_by_how_long_they_take(records):
    with records.change() as db:
        for name, length in (("Day", Length(days=1)), ("Long", Length(90)), ("Short", Length(9)), ("Two", Length(120))):
            services.add(db, Service(0, name, length))
        found = queries.listing(db, Query(services.SOURCE), Request(("name",), "length"))
    assert [name for (name,) in found.rows] == ["Short", "Long", "Two", "Day"]


def test_a_price_of_nothing_is_none(records):
    with records.change() as db:
        assert services.add(db, MASSAGE._replace(price=Money(0, "EUR"))).price is None
        assert services.find(db, "massage").price is None


def test_the_name_of_a_service_is_its_own(records):
    with records.change() as db:
        services.add(db, MASSAGE)
        with pytest.raises(RefusedError, match="the service 'MASSAGE' already exists: choose another name, or edit"):
            services.add(db, MASSAGE._replace(name="MASSAGE"))
        with pytest.raises(UsageError, match="is not a name for a service"):
            services.add(db, MASSAGE._replace(name="—"))
        bilan = services.add(db, MASSAGE._replace(name="Bilan"))
        with pytest.raises(RefusedError, match="already exists"):
            services.edit(db, bilan, bilan._replace(name="massage"))
        with pytest.raises(NotFoundError, match="no service 'Yoga': `clientctl service list` lists them, `clientctl"):
            services.find(db, "Yoga")


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ({"before": 721}, "--before is too long: give up to 12h"),
        ({"after": 1440}, "--after is too long"),
        ({"link": "at my place"}, "is not a web address"),
    ],
)
def test_terms_that_cannot_be_are_refused(records, terms, problem):
    with records.change() as db, pytest.raises(UsageError, match=problem):
        services.add(db, MASSAGE._replace(**terms))


def test_the_label_of_a_service_follows_its_name(records):
    client = records.client("Ana")
    with records.change() as db:
        massage = services.add(db, MASSAGE)
        assert not labels.is_known(db, "service:Massage")
        labels.attach_automatic(db, "service", massage.id, massage.name, [client.id])
        services.edit(db, massage, massage._replace(name="Shiatsu"))
        assert [(each.kind, each.name) for each in labels.of_client(db, client.id)] == [("service", "Shiatsu")]
        with pytest.raises(RefusedError, match="the label service:Shiatsu is automatic"):
            labels.rename(db, labels.find(db, "shiatsu"), "Other")
