"""Find the one client a person names: the form of the selector decides how, and two are never one."""

import pytest

from clientctl.domain.clients import field_values, fields
from clientctl.domain.clients import record as clients
from clientctl.domain.clients import selectors as client_selectors
from clientctl.errors import AmbiguousError, NotFoundError


@pytest.fixture
def people(records, once):
    """Return a database of five people who are easily mistaken for one another."""

    def fill():
        records.client("Ana", "Müller", email="Ana@Example.com", phone="06 12 34 56 78")
        records.client("Ana", "Mülle", email="info@example.com")
        records.client("José Luis", "O'Brien-Smith", email="INFO@example.com", phone="+33 6 39 98 12 34")
        records.client(None, None, email="solo@example.com")
        records.client("Łukasz", None, phone="12345")

    once(records.path, fill)
    return records


def named(records, selector, **how):
    with records.read() as db:
        return client_selectors.client_named(db, selector, **how).id


def missed(records, selector, **how):
    with records.read() as db, pytest.raises(NotFoundError) as caught:
        client_selectors.client_named(db, selector, **how)
    return caught.value


@pytest.mark.parametrize(
    ("selector", "client"),
    [
        # exact, for scripts
        ("id:1", 1),
        ("email:ANA@example.COM", 1),
        ("name:ana muller", 1),
        ("name:Müller Ana", 1),
        ("phone:0612345678", 1),
        ("phone:+33 6 12 34 56 78", 1),
        ("phone:12345", 5),
        # a + or seven digits and more: a phone
        ("+33612345678", 1),
        ("06.12.34.56.78", 1),
        ("(06) 12 34 56 78", 1),
        ("612345678", 1),
        ("+33639981234", 3),  # kept as typed: no number that could be
        ("06 39 98 12 34", 3),
        # fewer digits: an id
        ("1", 1),
        (" 05 ", 5),
        # an @: an e-mail
        ("ana@example.com", 1),
        ("solo@example.com", 4),
        # otherwise the full name, in either order
        ("Ana Müller", 1),
        ("MULLER ana", 1),
        ("ana mulle", 2),
        ("Jose Luis O'Brien-Smith", 3),
        ("o brien smith josé luis", 3),
        ("lukasz", 5),
    ],
)
@pytest.mark.parametrize("exactly", [False, True])
def test_the_first_kind_of_name_that_fits_wins(people, selector, client, exactly):
    assert named(people, selector, exactly=exactly) == client


@pytest.mark.parametrize(
    ("selector", "client"),
    [("a müller", 1), ("jos brie", 3), ("luis", 3), ("SMITH jo", 3), ("łuk", 5)],
)
def test_the_beginnings_of_words_do_unless_it_is_final(people, selector, client):
    assert named(people, selector) == client
    error = missed(people, selector, exactly=True)
    assert error.message == (
        f"no client is named exactly '{selector}': the beginning is not enough here;"
        f" use the full name, the e-mail, or id:{client}"
    )
    assert error.details[0].startswith(f"{client}  ")


def test_an_exact_name_wins_over_the_beginnings_of_another(people):
    assert named(people, "ana mülle") == 2
    with people.read() as db, pytest.raises(AmbiguousError, match="2 clients match 'mülle an': choose one, like id:1"):
        client_selectors.client_named(db, "mülle an")


@pytest.mark.parametrize(
    "selector", ["name:ana mull", "name:jose", "uller", "rien", "ana xyz", "%", "_", "'", '"', "", "  ", "+"]
)
def test_neither_exact_names_nor_middles_of_words_are_guessed(people, selector):
    missed(people, selector)


@pytest.mark.parametrize(
    "selector",
    [
        "6",
        "0",
        "123456",  # an id that nobody has
        "id:ana",
        "id:",
        "id:-1",
        "ana@example.org",
        "ID:1",
        "id:" + "9" * 5000,
        "9" * 5000,
    ],
)
def test_nobody_of_that_name(people, selector):
    assert "`clientctl client list TEXT` searches" in missed(people, selector).message


def test_several_are_never_one(people):
    with people.read() as db, pytest.raises(AmbiguousError) as caught:
        client_selectors.client_named(db, "info@example.com")
    assert caught.value.message == "2 clients match 'info@example.com': choose one, like id:2"
    assert caught.value.details == ("2  Ana Mülle  info@example.com", "3  José Luis O'Brien-Smith  INFO@example.com")


def test_at_most_ten_candidates_are_shown(records):
    with records.change() as db:
        for _ in range(12):
            clients.add(db, {"first_name": "Ana"}, source="hand")
    for selector in ("ana", "an"):
        with records.read() as db, pytest.raises(AmbiguousError, match="12 clients match") as caught:
            client_selectors.client_named(db, selector)
        assert caught.value.details == (*(f"{number}  Ana" for number in range(1, 11)), "… and 2 more")


@pytest.mark.parametrize(
    ("selector", "client"),
    [
        ("Anna Müller", 1),
        ("Ana Muler", 1),
        ("muller anna", 1),
        ("an mulelr", 1),
        ("uller", 1),
        ("lkuasz", 5),
        ("brein", 3),
        ("smtih jose", 3),
        ("ana@exemple.com", 1),
        ("solo@exampl.com", 4),
        ("soli@example.com", 4),
        ("+33 6 12 34 56 79", None),
        ("ana@exemple.comm", None),  # two slips
        ("1234567", 1),  # the end of a phone is none
        ("+39612345678", 1),  # the same last digits in another country
        ("phone:+39 6 12 34 56 78", 1),
        ("email:ana", 1),
    ],
)
def test_who_may_be_meant_is_named_also_by_a_slip_in_one_word(people, selector, client):
    error = missed(people, selector)
    assert client in [None, *(int(line.split()[0]) for line in error.details)]
    way = "`clientctl client list TEXT` searches names, e-mails and phones"
    if client:
        way = f"did you mean one of these? choose one, like id:{error.details[0].split()[0]}"
    assert error.message == f"no client matches '{selector}': {way}"


def test_a_number_that_is_someones_name_goes_by_name(records):
    records.client("Ana")
    records.client("1")
    assert (named(records, "1"), named(records, "name:1")) == (1, 2)


def test_the_archived_are_found(people):
    with people.change() as db:
        clients.archive(db, clients.get(db, 1))
    assert named(people, "ana müller") == 1
    assert named(people, "+33612345678") == 1


def test_by_name_the_archived_count_only_when_nobody_else_fits(records):
    for first in ("Ana", "Ana", "Anaïs"):
        records.client(first, "Roy", email="roy@example.com")
    with records.change() as db:
        clients.archive(db, clients.get(db, 1))
        clients.archive(db, clients.get(db, 3))
    assert named(records, "ana roy") == 2
    assert named(records, "r an") == 2
    assert named(records, "anaïs") == 3
    assert named(records, "anai roy") == 3
    with records.read() as db:
        for wanted in ("roy@example.com", "name:ana roy"):
            with pytest.raises(AmbiguousError):
                client_selectors.client_named(db, wanted)
        assert client_selectors.client_named(db, "ana roy", archived=True).id == 1
        with pytest.raises(AmbiguousError):
            client_selectors.client_named(db, "ana roy", exactly=True)


def test_two_countries_can_share_the_last_digits(people):
    italian = people.client("Luca", phone="+39 612345678")
    assert named(people, "+33612345678") == 1
    assert named(people, "phone:+39612345678") == italian.id
    with people.read() as db, pytest.raises(AmbiguousError):
        client_selectors.client_named(db, "612345678")


def test_several_selectors_are_found_in_their_order_and_each_client_once(people):
    with people.read() as db:
        found = client_selectors.clients_named(db, ["5", "ana@example.com", "id:5", "Ana Müller", "3"])
        assert [client.id for client in found] == [5, 1, 3]
        with pytest.raises(NotFoundError, match="'Nobody'"):
            client_selectors.clients_named(db, ["5", "Nobody", "info@example.com"])


def test_a_hostile_selector_is_shown_inert(people):
    assert "␛[31mx" in missed(people, "\x1b[31mx").message


@pytest.fixture
def further(records):
    """Return Ana a further e-mail and phone, and nobody else any."""
    ana = records.client("Ana", "Müller", email="ana@example.com", phone="+33612345678")
    records.client("Bo", "Smith", email="bo@example.com", phone="+441612345678")
    with records.change("field add") as db:
        for name, kind, value in (("E-mail 2", "email", "Work@example.com"), ("Tel 2", "phone", "06 98 76 54 32")):
            field_values.set_values(db, ana.id, fields.add(db, name, kind), [value])
    return records


@pytest.mark.parametrize(
    "selector",
    ["work@example.com", "email:WORK@example.com", "+33698765432", "0698765432", "phone:06 98 76 54 32"],
)
def test_a_further_e_mail_or_phone_names_a_client(further, selector):
    with further.read() as db:
        assert client_selectors.client_named(db, selector).id == 1


def test_a_further_phone_of_another_country_is_another(further):
    with further.read() as db, pytest.raises(NotFoundError):
        client_selectors.client_named(db, "+44698765432")


def test_one_persons_first_and_anothers_further_are_two_hits(further):
    with further.change() as db:
        field_values.set_values(db, 2, fields.find(db, "e_mail_2"), ["ana@example.com"])
    with further.read() as db, pytest.raises(AmbiguousError):
        client_selectors.client_named(db, "ana@example.com")


def test_the_same_contact_twice_is_one_hit(further):
    with further.change() as db:
        field_values.set_values(db, 1, fields.find(db, "e_mail_2"), ["ana@example.com"])
    with further.read() as db:
        assert client_selectors.client_named(db, "ana@example.com").id == 1
