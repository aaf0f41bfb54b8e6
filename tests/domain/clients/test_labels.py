"""Keep labels: unique per kind, found by their folded name, automatic ones following what they stand for."""

import pytest

from clientctl.base.listing import SEPARATOR
from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.shared.queries import Query
from clientctl.errors import AmbiguousError, NotFoundError, RefusedError, UsageError


@pytest.fixture
def sold(records):
    """Return a database where Ana, client 1, has the automatic label of the plan Yoga."""
    records.membership(records.client("Ana"), records.rate(), "2026-01-01")
    return records


def names(db, client_id):
    return [label.exact for label in labels.of_client(db, client_id)]


# -- names --------------------------------------------------------------------------------------


def test_a_label_is_found_whatever_the_case_and_accents(records):
    with records.change() as db:
        made = labels.add(db, "  À   relancer ")
        assert made.name == "À relancer"
        for name in ("a relancer", "A RELANCER", "à-relancer", "custom:A relancer"):
            assert labels.find(db, name) == made


def test_names_are_unique_among_the_owners(records):
    with records.change() as db:
        vip = labels.add(db, "V.I.P.")
        other = labels.add(db, "Other")
        for name in ("v i p", "V.I.P."):
            with pytest.raises(RefusedError, match=r"the label .* already exists: attach it, or choose another name"):
                labels.add(db, name)
            with pytest.raises(RefusedError, match="already"):
                labels.rename(db, other, name)
        assert labels.rename(db, vip, "V. I. P.").name == "V. I. P."


@pytest.mark.parametrize("name", ["", " ", "!!", "\u200b"])
def test_a_label_needs_a_letter_or_a_digit(records, name):
    with records.change() as db, pytest.raises(UsageError, match="needs a letter or a digit"):
        labels.add(db, name)


@pytest.mark.parametrize("name", ["plan:Yoga", "custom:VIP", "contacted-me:x"])
def test_a_label_is_not_called_as_another_is_named_exactly(records, name):
    with records.change() as db, pytest.raises(UsageError, match="names a label of its kind exactly"):
        labels.find_or_add(db, name)


def test_a_card_number_is_no_label(records):
    with records.change() as db, pytest.raises(RefusedError, match="ending in 1111"):
        labels.add(db, "4111111111111111")


def test_an_unknown_label_says_how_to_make_one(records):
    with records.read() as db:
        for name, adds in (("VIP", "VIP"), ("sort:VIP", "sort:VIP"), ("", "NAME"), ("!", "NAME")):
            with pytest.raises(NotFoundError, match=rf"label list` .* `clientctl label add {adds}` adds one"):
                labels.find(db, name)
        with pytest.raises(NotFoundError, match=r"`clientctl label list` lists them$"):
            labels.find(db, "plan:VIP")


def test_a_name_that_two_kinds_have_is_ambiguous_and_the_exact_one_is_not(sold):
    with sold.change() as db:
        mine = labels.add(db, "yoga")
        with pytest.raises(AmbiguousError, match="use custom:yoga or plan:Yoga") as caught:
            labels.find(db, "YOGA")
        assert set(caught.value.details) == {"custom:yoga", "plan:Yoga"}
        with pytest.raises(AmbiguousError):
            labels.find_or_add(db, "Yoga")
        assert labels.find(db, "custom:Yoga") == mine
        assert labels.find(db, "plan:yoga").plan_id == 1


def test_an_exact_name_wins_over_a_label_that_folds_to_it(sold):
    with sold.change() as db:
        labels.add(db, "Plan Yoga")
        assert labels.find(db, "plan:Yoga").exact == "plan:Yoga"
        assert labels.find(db, "plan yoga").exact == "custom:Plan Yoga"


def test_find_or_add_makes_only_what_is_missing(sold):
    with sold.change() as db:
        assert labels.find_or_add(db, "yoga").kind == "plan"
        made = labels.find_or_add(db, "VIP")
        assert made == labels.find_or_add(db, "vip")
        assert made.kind == "custom"


# -- automatic ----------------------------------------------------------------------------------


def test_an_automatic_label_is_neither_renamed_nor_removed_but_detached(sold):
    with sold.change() as db:
        yoga = labels.find(db, "Yoga")
        with pytest.raises(RefusedError, match="plan:Yoga is automatic and can't be renamed: it follows the name"):
            labels.rename(db, yoga, "Sport")
        with pytest.raises(RefusedError, match="plan:Yoga is automatic and can't be removed: detach it"):
            labels.remove(db, yoga)
        assert labels.detach(db, [1], [yoga]) == [(1, yoga)]
        assert names(db, 1) == []
        assert labels.attach(db, [1], [yoga]) == [(1, yoga)]


# -- who has them -------------------------------------------------------------------------------


def test_several_labels_are_attached_to_several_clients_at_once(records):
    ana, bo = records.client("Ana"), records.client("Bo")
    with records.change() as db:
        vip, new = labels.add(db, "VIP"), labels.add(db, "Neu")
        assert labels.attach(db, [ana.id], [vip]) == [(ana.id, vip)]
        assert labels.attach(db, [ana.id, bo.id], [vip, new]) == [(ana.id, new), (bo.id, vip), (bo.id, new)]
        assert labels.attach(db, [ana.id, bo.id], [vip, new]) == []
        assert names(db, ana.id) == names(db, bo.id) == ["custom:Neu", "custom:VIP"]
        assert labels.detach(db, [ana.id, bo.id], [new]) == [(ana.id, new), (bo.id, new)]
        assert labels.detach(db, [ana.id, bo.id], [new]) == []
        assert names(db, ana.id) == ["custom:VIP"]
        assert labels.holders(db, vip) == 2


def test_a_label_named_twice_is_attached_and_detached_once(records):
    ana = records.client("Ana")
    with records.change() as db:
        twice = [labels.find_or_add(db, name) for name in ("VIP", "vip")]
        assert labels.attach(db, [ana.id], twice) == [(ana.id, twice[0])]
        assert labels.set_exactly(db, [ana.id], twice) == ([], [])
        assert labels.detach(db, [ana.id], twice) == [(ana.id, twice[0])]


def test_set_gives_exactly_these_of_the_owners_and_leaves_automatic_ones(sold):
    bo = sold.client("Bo")
    with sold.change() as db:
        vip, old = labels.add(db, "VIP"), labels.add(db, "Old")
        labels.attach(db, [1], [old])
        labels.attach(db, [bo.id], [vip])
        assert labels.set_exactly(db, [1, bo.id], [vip]) == ([(1, vip)], [(1, old)])
        assert names(db, 1) == ["custom:VIP", "plan:Yoga"]
        assert labels.set_exactly(db, [1, bo.id], []) == ([], [(1, vip), (bo.id, vip)])
        assert names(db, 1) == ["plan:Yoga"]
        yoga = labels.find(db, "Yoga")
        assert labels.set_exactly(db, [bo.id], [yoga, old]) == ([(bo.id, yoga), (bo.id, old)], [])


def test_removing_a_label_counts_who_had_it(records):
    ana, bo = records.client("Ana"), records.client("Bo")
    with records.change() as db:
        vip, old = labels.add(db, "VIP"), labels.add(db, "Old")
        labels.attach(db, [ana.id, bo.id], [vip, old])
        clients.archive(db, bo)
        assert labels.remove(db, vip) == 2
        assert names(db, ana.id) == names(db, bo.id) == ["custom:Old"]
        assert labels.remove(db, labels.add(db, "Unused")) == 0
        with pytest.raises(NotFoundError):
            labels.find(db, "VIP")
    with records.change() as db:
        assert names(db, ana.id) == ["custom:Old"]
        assert labels.add(db, "VIP").id > vip.id


# -- lists and filters --------------------------------------------------------------------------


def test_the_list_counts_the_clients_that_lists_show(sold):
    bo = sold.client("Bo")
    with sold.change() as db:
        labels.attach(db, [1, bo.id], [labels.add(db, "vip")])
        labels.add(db, "Été")
        clients.archive(db, bo)
    rows = sold.listed(Query(labels.SOURCE), "name", "kind", "clients")
    assert rows == [("Été", "custom", 0), ("vip", "custom", 1), ("Yoga", "plan", 1)]


@pytest.mark.parametrize(("wanted", "found"), [("VI", ["VIP"]), ("eté", ["L'Été"]), ("x", []), ("", []), ("!", [])])
def test_labels_are_searched_by_what_their_names_contain(records, wanted, found):
    with records.change() as db:
        for name in ("VIP", "L'Été"):
            labels.add(db, name)
    assert records.listed(Query(labels.SOURCE, labels.like(wanted)), "name") == found


def test_filters_ask_for_any_label_of_one_option_and_all_options(sold):
    bo, chloe, dan = (sold.client(name) for name in ("Bo", "Chloé", "Dan"))
    with sold.change() as db:
        vip, old, yoga = labels.add(db, "VIP"), labels.add(db, "Old"), labels.find(db, "Yoga")
        labels.attach(db, [bo.id], [vip])
        labels.attach(db, [chloe.id], [vip, old])

    def found(**chosen):
        query = ClientFilter(
            **{
                key: value if isinstance(value, bool) else tuple(each.id for each in value)
                for key, value in chosen.items()
            }
        )
        rows = set(sold.listed(query, "id"))
        assert sold.counted(query) == len(rows)
        return rows

    assert found(labels=[vip]) == {bo.id, chloe.id}
    assert found(labels=[vip, yoga]) == {1, bo.id, chloe.id}
    assert found(labels=[yoga, yoga]) == {1}
    assert found(not_labels=[vip]) == {1, dan.id}
    assert found(not_labels=[old, yoga]) == {bo.id, dan.id}
    assert found(labels=[vip], not_labels=[old]) == {bo.id}
    assert found(labels=[vip, yoga], member=True) == {1}
    assert found(labels=[vip, yoga], member=False) == {bo.id, chloe.id}
    assert found(labels=[vip], archived=True) == set()


def test_the_labels_of_a_client_are_listed_by_name(sold):
    with sold.change() as db:
        made = [labels.add(db, name) for name in ("zen", "Été", "École", "a, b")]
        labels.attach(db, [1], made)
    assert sold.listed(ClientFilter(), "labels")[0].split(SEPARATOR) == ["a, b", "École", "Été", "Yoga", "zen"]
