"""Keep fields: eleven types, each value checked and kept in one form; keys that never change; an order."""

import heavy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientctl.base.uids import UID
from clientctl.domain.client_file import card
from clientctl.domain.clients import field_types, field_values, fields, profile
from clientctl.domain.clients import record as clients
from clientctl.domain.overview import client_columns, client_list
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.shared import queries
from clientctl.errors import NotFoundError, RefusedError, UsageError


def kept(records, kind, typed, **more):
    """Set a value in a new field of a type, of a new client; return it as it is stored."""
    with records.change() as db:
        made = fields.add(db, f"Field {kind}", kind, **more)
        client_id = clients.add(db, {"first_name": "Ana"}, source="hand")
        field_values.set_values(db, client_id, made, [typed] if isinstance(typed, str) else typed)
        return [
            row[0] for row in db.rows("SELECT value FROM field_values WHERE client_id = ? ORDER BY id", (client_id,))
        ]


@pytest.mark.parametrize(
    ("kind", "typed", "stored"),
    [
        ("text", "  Rex   le chien ", "Rex le chien"),
        ("long-text", "one\ntwo", "one\ntwo"),
        ("number", "7,50", "7.5"),
        ("number", "-12", "-12"),
        ("number", "1000000", "1000000"),
        ("money", "12,50", "1250 EUR"),
        ("money", "12.50 CHF", "1250 CHF"),
        ("date", "2026-02-28", "2026-02-28"),
        ("date", "tomorrow", "2026-03-02"),
        ("yes-no", "Oui", "1"),
        ("yes-no", "no", "0"),
        ("url", "Example.com/a", "https://example.com/a"),
        ("email", "Ana@EXAMPLE.com", "Ana@example.com"),
        ("phone", "01 42 68 53 00", "+33142685300"),
        ("phone", "+33 6 39 98 12 34", "+33 6 39 98 12 34"),
    ],
)
def test_a_value_is_kept_in_one_form(records, kind, typed, stored):
    assert kept(records, kind, typed) == [stored]


def test_a_phone_that_can_not_be_checked_is_kept_and_warned_about(records):
    client = records.client("Ana")
    with records.change() as db:
        second = fields.add(db, "Portable", "phone")
        for typed, told in (("06 12 34 56 78", []), ("call my mother", ["call my mother is not a valid phone number"])):
            field_values.set_values(db, client.id, second, [typed])
            assert [line.partition(";")[0] for line in db.notices] == told


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("number", "seven"),
        ("number", "NaN"),
        ("number", "1e400"),
        ("money", "12.345"),
        ("date", "31/12/2026"),
        ("date", "2026-02-30"),
        ("yes-no", "perhaps"),
        ("url", "ftp://example.com"),
        ("url", "nowhere"),
        ("url", "https://[::1"),
        ("email", "ana"),
        ("text", "   "),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_and_the_field_named(records, kind, typed):
    with pytest.raises(UsageError, match=f"^Field {kind}"):
        kept(records, kind, typed)


def test_a_card_number_is_refused_in_every_text(records):
    for kind in ("text", "long-text", "url"):
        with pytest.raises(RefusedError, match="ending in 1111"):
            kept(records, kind, "my card 4111 1111 1111 1111")


def test_only_what_is_offered_can_be_chosen(records):
    assert kept(records, "choice", "débutant", offered=["Débutant", "Confirmé"]) == ["Débutant"]
    assert kept(records, "choices", ["CONFIRME", "débutant"], offered=["Débutant", "Confirmé"]) == [
        "Confirmé",
        "Débutant",
    ]
    with records.change() as db, pytest.raises(UsageError, match="the choices are Débutant, Confirmé"):
        field_values.canonical(db, fields.find(db, "field_choice"), "Expert")


def test_only_choices_take_several(records):
    with pytest.raises(UsageError, match="has one value"):
        kept(records, "text", ["a", "b"])


@settings(max_examples=heavy.times(20, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4))
def test_a_number_is_compared_by_its_value(records, value):
    number = field_types.Field(None, "n", "N", "number", False, False, (), 0, None)
    with records.read() as db:
        stored, key = field_values.canonical(db, number, str(value))
        assert stored == key == field_values.canonical(db, number, f"{value:.6f}")[0]
        assert float(stored) == float(value)


def test_the_key_stays_when_the_name_changes(records):
    with records.change() as db:
        made = fields.add(db, "Nom du chien", "text")
        assert made.key == "nom_du_chien"
        renamed = fields.edit(db, made, name="Chien")
        assert (renamed.key, renamed.name) == ("nom_du_chien", "Chien")
        assert fields.find(db, "nom-du-chien") == fields.find(db, "CHIEN") == renamed


@pytest.mark.parametrize("name", ["E-mail", "Labels", "Client since", "id"])
def test_names_and_keys_of_what_is_there_are_taken(records, name):
    with records.change() as db, pytest.raises(RefusedError):
        fields.add(db, name, "text")


def test_a_name_without_latin_letters_needs_a_key(records):
    with records.change() as db:
        with pytest.raises(UsageError, match="--key"):
            fields.add(db, "犬", "text")
        assert fields.add(db, "犬", "text", key="dog").key == "dog"


def test_no_key_of_a_column_can_be_taken(records):
    ours = set(client_columns.COLUMNS) - set(fields.BUILT_IN)
    assert ours | {UID} == set(fields.RESERVED)


def test_choices_belong_to_fields_of_choices(records):
    with records.change() as db:
        with pytest.raises(UsageError, match="--choice"):
            fields.add(db, "Level", "choice")
        with pytest.raises(UsageError, match="--choice"):
            fields.add(db, "Dog", "text", offered=["Rex"])
        with pytest.raises(UsageError, match="there are text, long-text"):
            fields.add(db, "Dog", "animal")


def test_a_choice_in_use_is_not_withdrawn(records):
    client = records.client("Ana")
    with records.change() as db:
        level = fields.add(db, "Level", "choice", offered=["A", "B"])
        field_values.set_values(db, client.id, level, ["A"])
        with pytest.raises(RefusedError, match="1 client has 'a' in Level"):
            fields.edit(db, level, withdrawn=["a"])
        fields.edit(db, level, withdrawn=["B"], offered=["C"])
        assert field_types.choices(db, level) == ["A", "C"]


def test_a_built_in_field_is_renamed_required_and_collected_and_stays(records):
    with records.change() as db:
        company = fields.find(db, "company")
        after = fields.edit(db, company, name="Société", required=True, collected=["booking"])
        assert (after.name, after.required, after.collected) == ("Société", True, ("booking",))
        assert fields.find(db, "société").key == "company"
        for act in (lambda: fields.remove(db, after), lambda: fields.archive(db, after, archived=True)):
            with pytest.raises(RefusedError, match="built in"):
                act()


def test_a_required_field_can_not_be_emptied_and_is_asked_of_new_clients(records):
    client = records.client("Ana", company="X")
    with records.change() as db:
        fields.edit(db, fields.find(db, "company"), required=True)
        dog = fields.add(db, "Dog", "text", required=True)
        field_values.set_values(db, client.id, dog, ["Rex"])
        assert field_values.missing(db, client.id) == []
        with pytest.raises(RefusedError, match="required"):
            field_values.set_values(db, client.id, dog, [])
        with pytest.raises(RefusedError, match="required"):
            profile.parse(db, {}, ["company"])
        other = clients.add(db, {"first_name": "Bo"}, source="hand")
        with pytest.raises(UsageError, match=r"Company, Dog required: give --field company=… --field dog=…"):
            profile.check_complete(db, other)


def test_the_order_is_the_owners(records):
    with records.change() as db:
        dog, cat = fields.add(db, "Dog", "text"), fields.add(db, "Cat", "text")
        assert [f.key for f in fields.all_fields(db)][-2:] == ["dog", "cat"]
        fields.edit(db, cat, before=dog)
        fields.edit(db, fields.find(db, "phone"), before=fields.find(db, "first_name"))
        keys = [f.key for f in fields.all_fields(db)]
        assert keys[0] == "phone"
        assert keys[-2:] == ["cat", "dog"]
        fields.edit(db, fields.find(db, "phone"), last=True)
        assert [f.key for f in fields.all_fields(db)][-3:] == ["cat", "dog", "phone"]
        with pytest.raises(UsageError, match="before itself"):
            fields.edit(db, dog, before=dog)


def test_an_archived_field_is_left_out_and_keeps_its_values(records):
    client = records.client("Ana")
    with records.change() as db:
        dog = fields.add(db, "Dog", "text")
        field_values.set_values(db, client.id, dog, ["Rex"])
        assert fields.archive(db, dog, archived=True)
        assert "dog" not in field_values.columns(db)
        archived = fields.find(db, "dog")
        with pytest.raises(RefusedError, match="archived"):
            field_values.set_values(db, client.id, archived, ["Fido"])
        assert fields.archive(db, archived, archived=False)
        assert field_values.typed(db, client.id, fields.find(db, "dog")) == ["Rex"]


def test_removing_a_field_takes_its_values_and_one_undo_brings_all_back(records):
    one, two = records.client("Ana"), records.client("Bo")
    with records.change() as db:
        level = fields.add(db, "Level", "choices", offered=["A", "B"])
        field_values.set_values(db, one.id, level, ["A", "B"])
        field_values.set_values(db, two.id, level, ["B"])
    with records.change() as db:
        assert fields.remove(db, fields.find(db, "level")) == 2
        with pytest.raises(NotFoundError, match="no field 'level'"):
            fields.find(db, "level")
    from clientctl.domain.journal import history

    with records.change("undo") as db:
        history.undo(db)
        assert field_values.typed(db, one.id, fields.find(db, "level")) == ["A", "B"]
        assert field_types.choices(db, fields.find(db, "level")) == ["A", "B"]


def test_a_value_moves_the_client_and_the_same_value_does_not(records):
    one, two = records.client("Ana"), records.client("Bo")
    with records.change() as db:
        dog = fields.add(db, "Dog", "text")
    with records.change() as db:
        field_values.set_values(db, one.id, dog, ["Rex"])
    with records.read() as db:
        query = client_list.query(db, ClientFilter())
    assert records.listed(query, "id") == [two.id, one.id]
    with records.change() as db:
        assert field_values.set_values(db, two.id, dog, []) is None
    assert records.listed(query, "id") == [two.id, one.id]


def test_the_card_and_the_list_show_the_owners_fields(records):
    client = records.client("Ana")
    with records.change() as db:
        for name, kind, typed in (("Dog", "text", "Rex"), ("Weight", "number", "7.5"), ("Paid", "yes-no", "no")):
            field_values.set_values(db, client.id, fields.add(db, name, kind), [typed])
    with records.read() as db:
        shown = card.client(db, str(client.id))
        values = dict(zip([column.key for column in shown.columns], shown.values, strict=True))
        assert (values["dog"], values["weight"], values["paid"]) == ("Rex", "7.5", 0)
        listing = queries.listing(
            db, client_list.query(db, ClientFilter()), queries.Request(("id", "dog", "weight", "paid"), sort="-weight")
        )
        assert list(listing.rows) == [(client.id, "Rex", "7.5", 0)]


def test_a_client_edited_as_text_is_what_it_was(records):
    client = records.client("Ana", "Müller", email="ana@example.com", company="A: B")
    with records.change() as db:
        field_values.set_values(db, client.id, fields.add(db, "Story", "long-text"), ["one\n  two\n\nthree: four"])
        field_values.set_values(db, client.id, fields.add(db, "Level", "choices", offered=["A", "B"]), ["B", "A"])
        field_values.set_values(db, client.id, fields.add(db, "Price", "money"), ["12.50 CHF"])
        before = profile.to_text(db, clients.get(db, client.id))
        given = profile.parse(db, *profile.from_text(db, before))
        assert profile.edit(db, clients.get(db, client.id), given) == {}
        changed = before.replace("first_name: Ana", "first_name: Bo").replace("company: A: B", "company:")
        given = profile.parse(db, *profile.from_text(db, changed))
        assert profile.edit(db, clients.get(db, client.id), given) == {
            "First name": ("Ana", "Bo"),
            "Company": ("A: B", None),
        }
