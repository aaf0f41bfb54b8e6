"""Keep clients: what is stored of what was typed, and what moves a client to the end of the list."""

from datetime import date

import pytest

from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import endings
from clientctl.domain.memberships import record as memberships
from clientctl.domain.offers import plans
from clientctl.domain.overview.filters import ClientFilter
from clientctl.errors import NotFoundError, RefusedError, UsageError

CARD = "4111 1111 1111 1111"
EVERYONE = ClientFilter()
TEXTS = ("first_name", "last_name", "company", "position")


def kept(records, **values):
    """Normalize values as they are typed."""
    with records.read() as db:
        return clients.normalized(db, values)


# -- add ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"first_name": "Ana"}, "Ana"),
        ({"last_name": "Müller"}, "Müller"),
        ({"first_name": "Ana", "last_name": "Müller", "email": "a@example.com"}, "Ana Müller"),
        ({"email": "A@Example.COM", "phone": "+33 1 99 00 12 34"}, "A@example.com"),
        ({"phone": "+33 6 12 34 56 78"}, "+33612345678"),
    ],
)
def test_one_of_name_email_and_phone_is_enough_and_names_the_client(records, values, name):
    with records.change() as db:
        client = clients.get(db, clients.add(db, clients.normalized(db, values)[0], source="hand"))
    assert client.name == name
    assert (client.client_since_on, client.source, client.archived_on) == ("2026-03-01", "hand", None)
    assert records.listed(EVERYONE, "id", "name", "status") == [(client.id, name, "lead")]


@pytest.mark.parametrize("values", [{}, {"company": "Acme"}, {"first_name": "", "last_name": " \t ", "email": None}])
def test_nobody_is_not_a_client(records, values):
    with pytest.raises(UsageError, match="needs a name, an e-mail or a phone: give --first"), records.change() as db:
        clients.add(db, clients.normalized(db, values)[0], source="hand")
    assert records.counted(EVERYONE) == 0


def test_client_since_is_the_day_given(records):
    with records.change() as db:
        client_id = clients.add(db, {"first_name": "Ana"}, source="hand", since=date(2019, 5, 4))
        assert clients.get(db, client_id).client_since_on == "2019-05-04"


def test_ids_are_never_used_again(records):
    with records.change(dry_run=True) as db:
        first = clients.add(db, {"first_name": "Ana"}, source="hand")
        db.delete("clients", first)
        assert clients.add(db, {"first_name": "Bo"}, source="hand") == first + 1


# -- what is stored -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "typed", "stored"),
    [
        ("email", " Ana.B@EXAMPLE.com ", "Ana.B@example.com"),
        ("first_name", "Jose\u0301", "Jos\u00e9"),  # NFC
        ("last_name", "  van \t der\n Berg ", "van der Berg"),
        ("phone", "06 12 34 56 78", "+33612345678"),  # the region is FR
        ("phone", "+39 06 5555 1234", "+390655551234"),
        ("language", "FR", "fr"),
        ("language", "pt-br", "pt-BR"),
        ("company", "", None),
        ("phone", "   ", None),
    ],
)
def test_values_are_normalized(records, column, typed, stored):
    assert kept(records, **{column: typed}) == ({column: stored}, [])


@pytest.mark.parametrize("typed", ["+33 6 39 98 12 34", "(07700) 900-769", "ask her", "12"])
def test_an_odd_phone_is_kept_as_typed_with_a_warning(records, typed):
    values, warnings = kept(records, phone=typed)
    assert values == {"phone": typed}
    assert len(warnings) == 1
    assert typed in warnings[0]
    assert "stored as typed" in warnings[0]


def test_the_region_says_how_a_national_number_is_read(records):
    from clientctl.domain.practice import settings

    with records.change() as db:
        settings.put(db, "region", "it")
        assert clients.normalized(db, {"phone": "06 5555 1234"}) == ({"phone": "+390655551234"}, [])


@pytest.mark.parametrize(
    "text",
    [
        "[bold]x[/]",
        "[/]",
        ":smile:",
        "\x1b[31mred",
        "\x1b]0;title\x07",
        "\x9b1m",
        "a\u202eb",
        "=HYPERLINK(1)",
        "'; DROP TABLE clients;--",
        "%_\\",
        "{0}{name}",
        "😀",
        "\ufffe",
        "\u200b.",
        "x" * 40_000,
    ],
)
def test_hostile_texts_are_stored_as_they_are(records, text):
    with records.change() as db:
        values, _ = clients.normalized(db, dict.fromkeys(TEXTS, text))
        client = clients.get(db, clients.add(db, values, source="hand"))
    assert {getattr(client, column) for column in TEXTS} == {text}
    assert records.listed(EVERYONE, "first_name", "company") == [(text, text)]


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "a\udcffb"])
def test_what_can_not_be_stored_is_refused(records, text):
    for column in (*TEXTS, "email", "phone"):
        with pytest.raises(UsageError):
            kept(records, **{column: text})


@pytest.mark.parametrize("column", [*TEXTS, "email", "phone", "language"])
def test_a_card_number_is_refused_in_every_text(records, column):
    with pytest.raises(RefusedError, match="ending in 1111, is never stored") as caught:
        kept(records, **{column: f"x {CARD}"})
    assert "4111" not in caught.value.message


@pytest.mark.parametrize(("column", "value"), [("email", "ana"), ("email", "a@b@c.de"), ("language", "klingonish")])
def test_values_that_make_no_sense_are_refused(records, column, value):
    with pytest.raises(UsageError):
        kept(records, **{column: value})


# -- edit ---------------------------------------------------------------------------------------


def test_an_edit_gives_what_was_and_what_is(records):
    ana = records.client("Ana", "Müller", company="Acme")
    with records.change() as db:
        values = {"first_name": "Anna", "last_name": "Müller", "company": None, "email": "a@example.com"}
        changes = clients.edit(db, ana, values)
        after = clients.get(db, ana.id)
    assert changes == {
        "first_name": ("Ana", "Anna"),
        "company": ("Acme", None),
        "email": (None, "a@example.com"),
    }
    assert (after.name, after.company, after.email) == ("Anna Müller", None, "a@example.com")


def test_an_edit_that_changes_nothing_leaves_no_trace(records):
    ana = records.client("Ana")
    records.client("Bo")
    with records.change() as db:
        assert clients.edit(db, ana, {"first_name": "Ana", "phone": None}) == {}
    assert not db.changed
    assert records.listed(EVERYONE, "name") == ["Ana", "Bo"]


def test_the_last_thing_that_names_a_client_stays(records):
    ana = records.client("Ana", email="a@example.com")
    with records.change() as db:
        clients.edit(db, ana, {"first_name": None})
        with pytest.raises(RefusedError, match="needs a name, an e-mail or a phone: keep one of them"):
            clients.edit(db, clients.get(db, ana.id), {"email": None})


def test_the_erased_are_left_alone(records):
    erased = records.client("Ana")._replace(erased_on="2026-02-01")
    with records.change(dry_run=True) as db:
        for act in (lambda: clients.edit(db, erased, {"first_name": "Bo"}), lambda: clients.archive(db, erased)):
            with pytest.raises(RefusedError, match="erased on 2026-02-01: no personal data may be stored"):
                act()


def test_no_client_of_that_id(records):
    with records.read() as db, pytest.raises(NotFoundError, match="client 7 does not exist any more"):
        clients.get(db, 7)


def test_others_with_the_same_email_are_found_whatever_its_case(records):
    ana, bo = records.client("Ana", email="Info@Example.com"), records.client("Bo", email="info@example.com")
    records.client("Chloé", email="info@example.org")
    with records.read() as db:
        assert [other.id for other in clients.same_email(db, "INFO@example.com", bo.id)] == [ana.id]


# -- archive ------------------------------------------------------------------------------------


def test_the_archived_are_left_out_of_lists_unless_asked_for(records):
    ana, bo = records.client("Ana"), records.client("Bo")
    with records.change() as db:
        assert clients.archive(db, ana) is True
        assert clients.archive(db, clients.get(db, ana.id)) is False
    archived = ClientFilter(archived=True)
    assert (records.listed(EVERYONE, "id"), records.counted(EVERYONE)) == ([bo.id], 1)
    assert records.listed(archived, "id", "archived") == [(ana.id, "2026-03-01")]
    assert records.listed(ClientFilter(text="ana"), "id") == []
    assert records.listed(ClientFilter(archived=True, text="ana"), "id") == [ana.id]
    with records.change() as db:
        assert clients.restore(db, clients.get(db, ana.id)) is True
        assert clients.restore(db, clients.get(db, ana.id)) is False
    assert records.listed(EVERYONE, "id") == [bo.id, ana.id]


# -- the list's order ---------------------------------------------------------------------------


def test_whoever_was_changed_by_hand_comes_last(records):
    ana, bo, chloe = (records.client(name) for name in ("Ana", "Bo", "Chloé"))
    with records.change() as db:
        clients.edit(db, ana, {"phone": "+33612345678"})
    assert records.listed(EVERYONE, "id") == [bo.id, chloe.id, ana.id]


def test_those_one_command_moved_keep_the_order_of_their_ids(records):
    ana, bo, chloe = (records.client(name) for name in ("Ana", "Bo", "Chloé"))
    with records.change() as db:
        labels.attach(db, [bo.id, ana.id], [labels.add(db, "VIP")])
    assert records.listed(EVERYONE, "id") == [chloe.id, ana.id, bo.id]


def test_archiving_and_restoring_move_a_client_too(records):
    ana, bo = records.client("Ana"), records.client("Bo")
    archived = ClientFilter(archived=True)
    for act, query, order in ((clients.archive, archived, (bo, ana)), (clients.restore, EVERYONE, (ana, bo))):
        for client in order:
            with records.change() as db:
                act(db, clients.get(db, client.id))
        assert records.listed(query, "id") == [client.id for client in order]


MOVES = {
    "edit": lambda db, ana: clients.edit(db, ana, {"company": "Acme"}),
    "attach": lambda db, ana: labels.attach(db, [ana.id], [labels.add(db, "New")]),
    "detach": lambda db, ana: labels.detach(db, [ana.id], [labels.find(db, "VIP")]),
    "detach an automatic one": lambda db, ana: labels.detach(db, [ana.id], [labels.find(db, "Yoga")]),
    "set": lambda db, ana: labels.set_exactly(db, [ana.id], []),
    "remove the label": lambda db, ana: labels.remove(db, labels.find(db, "VIP")),
}
STAYS = {
    "edit to the same": lambda db, ana: clients.edit(db, ana, {"first_name": "Ana"}),
    "attach what is attached": lambda db, ana: labels.attach(db, [ana.id], [labels.find(db, "VIP")]),
    "detach what is not attached": lambda db, ana: labels.detach(db, [ana.id], [labels.add(db, "New")]),
    "set what is so": lambda db, ana: labels.set_exactly(db, [ana.id], [labels.find(db, "VIP")]),
    "rename the label": lambda db, ana: labels.rename(db, labels.find(db, "VIP"), "Very important"),
    "rename the plan": lambda db, ana: plans.edit(
        db, plans.find(db, "Yoga"), plans.find(db, "Yoga")._replace(name="Pilates")
    ),
    "extend": lambda db, ana: endings.extend(db, memberships.find(db, "M-1"), until=date(2027, 1, 1)),
    "cancel": lambda db, ana: endings.cancel(db, memberships.find(db, "M-1"), "now"),
}


@pytest.mark.parametrize(
    ("act", "moves"),
    [
        *(pytest.param(act, True, id=name) for name, act in MOVES.items()),
        *(pytest.param(act, False, id=name) for name, act in STAYS.items()),
    ],
)
def test_changes_by_hand_move_a_client_and_purchases_do_not(records, act, moves):
    ana = records.client("Ana")
    records.membership(ana, records.rate(), "2026-01-01", "2026-12-31")
    with records.change() as db:
        labels.attach(db, [ana.id], [labels.add(db, "VIP")])
    bo = records.client("Bo")
    with records.change() as db:
        act(db, ana)
    assert records.listed(EVERYONE, "id") == ([bo.id, ana.id] if moves else [ana.id, bo.id])
