"""Keep how clients pay, and the mandates to collect from them: never a card number, no state skipped."""

import itertools
from datetime import date

import pytest

from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import enrolment, mandate_letters, mandates, payment_methods
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.enrolment import MembershipTerms
from clientctl.domain.offers import plans
from clientctl.domain.shared.queries import Query
from clientctl.errors import NotFoundError, RefusedError, UsageError

EVERY = Query(payment_methods.SOURCE)


@pytest.fixture
def ana(records):
    return records.client("Ana", "Díaz", email="ana@example.com")


def add(records, client, kind="card", **more):
    with records.change("payment-method add") as db:
        return payment_methods.add(db, client, kind, **more)


def enrol(records, client, collection="direct-debit", rate="Monthly"):
    """Enrol a client on a plan that is collected so."""
    rate = records.rate(f"{collection}/{rate}")
    with records.change("plan edit") as db:
        plan = plans.find(db, collection)
        plans.edit(db, plan, plan._replace(collection=collection))
    with records.change("membership add") as db:
        return enrolment.add(db, client, rate, MembershipTerms(date(2026, 3, 1), collection=collection))


def test_only_four_digits_of_a_card_are_kept(records, ana):
    made = add(records, ana, name=" Visa  of Ana ", last_four="4242")
    assert made[3:] == ("card", "Visa of Ana", "4242", None, None, None)
    for wrong in ("424", "42424", "abcd", "٤٢٤٢", ""):
        with pytest.raises(UsageError, match="give four digits, like 4242"):
            add(records, ana, last_four=wrong)
    for field in ("name", "last_four"):
        with pytest.raises(RefusedError, match="ending in 1111"):
            add(records, ana, **{field: "4111 1111 1111 1111"})
    with records.change() as db:
        with pytest.raises(RefusedError, match="ending in 1111"):
            payment_methods.edit(db, made, made._replace(name="4111111111111111"))
        assert payment_methods.edit(db, made, made._replace(name=None, last_four="1881"))
        assert not payment_methods.edit(db, payment_methods.find(db, "1"), payment_methods.find(db, "1"))
    assert records.listed(EVERY, "client", "label", "last_four") == [("Ana Díaz", None, "1881")]


@pytest.mark.parametrize("kind", ["cash", "card", "transfer", "other", "direct-debit"])
def test_only_a_direct_debit_takes_a_mandate(records, ana, kind):
    made = add(records, ana, kind)
    assert made.mandate == ("none" if kind == "direct-debit" else None)
    with records.change() as db:
        if kind == "direct-debit":
            assert mandates.find_direct_debit(db, None, "1") == made
        else:
            with pytest.raises(RefusedError, match="can't have a mandate: only a direct debit can"):
                mandates.find_direct_debit(db, None, "1")


def test_a_method_that_is_collected_through_is_not_removed(records, ana):
    made = add(records, ana, "direct-debit")
    sold = enrol(records, ana)
    assert sold.payment_method_id == made.id
    with records.change() as db, pytest.raises(RefusedError, match="M-1 is collected through payment method 1"):
        payment_methods.remove(db, made)
    assert records.listed(EVERY, "memberships") == [1]
    with records.change("membership cancel") as db:
        db.update("memberships", sold.id, cancelled_on="2026-02-28")
    with records.change("payment-method remove") as db:
        payment_methods.remove(db, made)
    with records.read() as db:
        assert memberships.find(db, "M-1").payment_method_id is None
    assert records.counted(EVERY) == 0


def test_a_membership_is_collected_through_what_fits(records, ana):
    bo = records.client("Bo")
    card, _, debit, active = (add(records, ana, kind) for kind in ("card", "cash", "direct-debit", "direct-debit"))
    newest = add(records, ana, "direct-debit")
    others = add(records, bo, "card")
    with records.change() as db:
        meant = payment_methods.choose_for
        assert meant(db, ana, "manual", None) is None
        assert meant(db, ana, "card", None) == card.id
        assert meant(db, bo, "direct-debit", None) is None
        assert meant(db, ana, "direct-debit", None) == newest.id
        mandates.change_state(db, active, "requested", db.today)
        mandates.change_state(db, payment_methods.find(db, str(active.id)), "active", db.today)
        assert meant(db, ana, "direct-debit", None) == active.id
        assert meant(db, ana, "direct-debit", debit.id) == debit.id
        assert meant(db, ana, "manual", card.id) == card.id
        with pytest.raises(RefusedError, match=r"payment method 1 .* is card: choose another"):
            meant(db, ana, "direct-debit", card.id)
        with pytest.raises(RefusedError, match="does not belong to Ana Díaz"):
            meant(db, ana, "card", others.id)


ALLOWED = {
    ("none", "requested"),
    ("revoked", "requested"),
    ("requested", "active"),
    ("requested", "revoked"),
    ("active", "revoked"),
}
TO = {"none": (), "requested": ("requested",), "active": ("requested", "active"), "revoked": ("requested", "revoked")}


@pytest.mark.parametrize(("was", "to"), list(itertools.product(TO, ("requested", "active", "revoked"))))
def test_a_mandate_goes_from_state_to_state_and_keeps_its_day(records, ana, was, to):
    made = add(records, ana, "direct-debit")
    with records.change() as db:
        for state in TO[was]:
            mandates.change_state(db, payment_methods.find(db, "1"), state, date(2026, 2, 1))
        made = payment_methods.find(db, "1")
        assert made.mandate == was
        if was == to:
            assert not mandates.change_state(db, made, to, db.today)
            assert payment_methods.find(db, "1") == made
        elif (was, to) in ALLOWED:
            assert mandates.change_state(db, made, to, db.today)
            assert payment_methods.find(db, "1")[6:8] == (to, "2026-03-01")
        else:
            with pytest.raises(RefusedError, match=f"is {was}.*`clientctl mandate"):
                mandates.change_state(db, made, to, db.today)


def test_a_mandate_is_of_today_or_before_and_may_have_a_reference(records, ana):
    add(records, ana, "direct-debit")
    with records.change() as db:
        made = payment_methods.find(db, "1")
        with pytest.raises(UsageError, match="2026-03-02 is in the future"):
            mandates.change_state(db, made, "requested", date(2026, 3, 2))
        mandates.change_state(db, made, "requested", date(2026, 2, 1))
        with pytest.raises(UsageError, match="2026-01-31 is before it was requested, on 2026-02-01"):
            mandates.change_state(db, payment_methods.find(db, "1"), "active", date(2026, 1, 31))
        assert mandates.change_state(db, payment_methods.find(db, "1"), "active", db.today, " CC 1 ")
        assert payment_methods.find(db, "1")[6:] == ("active", "2026-03-01", "CC 1")
        assert mandates.change_state(db, payment_methods.find(db, "1"), "active", db.today, "CC 2")
        assert not mandates.change_state(db, payment_methods.find(db, "1"), "active", db.today)
        with pytest.raises(RefusedError, match="ending in 1111"):
            mandates.change_state(db, payment_methods.find(db, "1"), "active", db.today, "4111111111111111")


def test_the_method_is_made_and_linked_when_a_mandate_is_requested(records, ana):
    sold = enrol(records, ana)
    assert sold.payment_method_id is None
    with records.change() as db, pytest.raises(NotFoundError, match="M-1 has no mandate"):
        mandates.find_direct_debit(db, sold, None)
    with records.change("mandate request") as db:
        made = mandates.request(db, sold)
        assert mandates.change_state(db, made, "requested", db.today)
        again = memberships.find(db, "M-1")
        assert again.payment_method_id == made.id == mandates.request(db, again).id
    assert records.listed(EVERY, "kind", "mandate", "mandate_on") == [("direct-debit", "requested", "2026-03-01")]
    other = enrol(records, ana, rate="Weekly")
    assert other.payment_method_id == made.id


def test_a_membership_that_is_not_collected_so_takes_no_mandate(records, ana):
    for collection, how in (("manual", "hand"), ("card", "card")):
        sold = enrol(records, ana, collection)
        with (
            records.change() as db,
            pytest.raises(RefusedError, match=f"is collected by {how}, which needs no mandate"),
        ):
            mandates.request(db, sold)


def test_the_letter_says_who_what_and_how_much(records, ana):
    sold = enrol(records, ana)
    with records.change() as db:
        made = mandates.request(db, sold)
        letter = mandate_letters.letter(db, made, sold)
        assert (letter.name, letter.address) == ("Ana Díaz", "ana@example.com")
        assert letter.subject == "Direct debit mandate for direct-debit"
        for said in ("Dear Ana Díaz,", "(M-1, 49.90 EUR every month)", "Kind regards\nAna Müller\n"):
            assert said in letter.text
        assert "M-1" not in mandate_letters.letter(db, made, None).text


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("fr", ("Mandat de prélèvement pour", "Bonjour Ana Díaz", "49.90 EUR par mois", "Cordialement\nAna")),
        ("it-CH", ("Mandato di addebito diretto per", "Buongiorno Ana Díaz", "49.90 EUR al mese", "saluti\nAna")),
        (None, ("Direct debit mandate for", "Dear Ana Díaz", "49.90 EUR every month", "Kind regards\nAna")),
        ("de", ("Direct debit mandate for", "Dear Ana Díaz", "49.90 EUR every month", "Kind regards\nAna")),
    ],
)
def test_the_letter_is_in_the_language_of_the_client_if_it_can_be(records, ana, language, says):
    sold = enrol(records, ana)
    with records.change() as db:
        clients.edit(db, ana, {"language": language})
        made = mandates.request(db, sold)
        letter = mandate_letters.letter(db, made, sold)
    assert all(said in f"{letter.subject}\n{letter.text}" for said in says)
    assert "{" not in letter.text
