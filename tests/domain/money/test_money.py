"""Whatever is charged, paid, credited and taken back in whatever order: no cent is made or lost.

A ledger of plain Python keeps what the same moves should have led to, and says which are to be refused.
"""

import copy
import tempfile
from datetime import date, timedelta
from pathlib import Path

import heavy
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from clientctl.base.money import Money
from clientctl.domain.clients import record as clients
from clientctl.domain.journal import history
from clientctl.domain.money import charges, client_balances, credit_spending, credits, payment_corrections, payments
from clientctl.domain.money.credits import CreditTerms
from clientctl.domain.money.payment_corrections import CorrectionDetails
from clientctl.domain.practice import payment_types
from clientctl.domain.session import opened
from clientctl.errors import RefusedError, UsageError

PERSON = st.sampled_from([1, 1, 1, 2])
MINOR = st.sampled_from([*range(1, 20), 40, 0])
MAYBE = st.sampled_from([None, None, None, *range(1, 20), 40, 0])
CURRENCY = st.sampled_from(["EUR", "EUR", "EUR", "USD"])
PICK = st.integers(0, 1_000)

MOVES = {
    "wait": {"days": st.integers(1, 20)},
    "charge": {"person": PERSON, "minor": st.integers(1, 40), "currency": CURRENCY, "days": st.integers(-5, 5)},
    "pay": {"person": PERSON, "minor": MAYBE, "currency": CURRENCY, "over": st.booleans()},
    "take_back": {"pick": PICK, "kind": st.sampled_from(["failed", "disputed", "voided"])},
    "refund": {"pick": PICK, "minor": MAYBE},
    "issue": {
        "person": PERSON,
        "minor": MINOR,
        "currency": CURRENCY,
        "days": st.none() | st.integers(0, 30),
        "refundable": st.booleans(),
    },
    "use": {"pick": PICK, "minor": MAYBE},
    "settle": {"pick": PICK, "minor": MAYBE, "what": st.sampled_from(["give back", "waive", "fail"])},
    "end_credit": {"pick": PICK, "minor": MAYBE, "in_money": st.booleans()},
    "undo": {},
}
"""What can be done, and what with."""

OF = {"take_back": "payments", "refund": "payments", "use": "charges", "settle": "charges", "end_credit": "credits"}
"""What there has to be for a move."""


class Refused(Exception):  # noqa: N818 - it is no error of the ledger's
    """The rules forbid the move."""


def refuse(when: object) -> None:
    if when:
        raise Refused


class Ledger:
    """What there is: charges, payments and credits by id, each a dict; ``by`` says what of which paid a charge."""

    def __init__(self) -> None:
        self.charges: dict[int, dict] = {}
        self.payments: dict[int, dict] = {}
        self.credits: dict[int, dict] = {}
        self.cash = {"EUR": 0, "USD": 0}

    def left(self, charge_id: int) -> int:
        charge = self.charges[charge_id]
        return charge["amount"] - charge["waived"] - charge["refunded"] - sum(charge["by"].values())

    def credit_left(self, credit: dict) -> int:
        return credit["quantity"] - credit["used"] - credit["revoked"]

    def overpaid(self, payment_id: int) -> dict | None:
        return next((each for each in self.credits.values() if each["payment"] == payment_id), None)

    def open(self, person: int) -> list[int]:
        mine = [key for key, each in self.charges.items() if each["person"] == person and self.left(key)]
        return sorted(mine, key=lambda key: (self.charges[key]["due"], key))

    def lying(self, payment_id: int) -> list[int]:
        return [key for key in self.payments[payment_id]["paid"] if ("P", payment_id) in self.charges[key]["by"]]

    def take_off(self, key: int, payment_id: int, part: int) -> None:
        by = self.charges[key]["by"]
        by["P", payment_id] -= part
        if not by["P", payment_id]:
            del by["P", payment_id]

    # Each move checks, and gives what is to be done once the ids of what it makes are known.

    def pay(self, person: int, minor: int | None, currency: str, over: bool):
        keys = self.open(person)
        if minor is None:
            there = {self.charges[key]["currency"] for key in keys}
            refuse(len(there) != 1)
            (currency,) = there
        keys = [key for key in keys if self.charges[key]["currency"] == currency]
        due = sum(map(self.left, keys))
        received = due if minor is None else minor
        refuse(not received or (received > due and not over))

        def done(payment_id: int, credit_id: int | None) -> None:
            rest = received
            paid = []
            for key in keys:
                part = min(rest, self.left(key))
                if part:
                    self.charges[key]["by"]["P", payment_id] = part
                    self.charges[key]["tries"].append(("received", payment_id))
                    paid.append(key)
                    rest -= part
            fields = {"person": person, "currency": currency, "amount": received, "paid": paid}
            self.payments[payment_id] = {**fields, "refunded": 0, "state": "received"}
            self.cash[currency] += received
            if rest:
                assert credit_id
                self.issue(person, rest, currency, None, True)(credit_id, payment_id)
            else:
                assert credit_id is None

        return done

    def take_back(self, payment_id: int, kind: str):
        payment, credit = self.payments[payment_id], self.overpaid(payment_id)
        refuse(payment["state"] != "received" or payment["refunded"] == payment["amount"])
        refuse(credit and credit["used"])

        def done() -> None:
            for key in self.lying(payment_id):
                self.charges[key]["by"].pop(("P", payment_id))
                self.charges[key]["tries"].append((kind, payment_id))
            if kind == "voided":
                for charge in self.charges.values():
                    charge["tries"] = [each for each in charge["tries"] if each[1] != payment_id]
            if credit:
                credit["revoked"] += self.credit_left(credit)
            self.cash[payment["currency"]] -= payment["amount"] - payment["refunded"]
            payment["state"] = kind

        return done

    def refund(self, payment_id: int, minor: int | None):
        payment, credit = self.payments[payment_id], self.overpaid(payment_id)
        refuse(payment["state"] != "received" or payment["refunded"] == payment["amount"])
        keys = self.lying(payment_id)
        spare = self.credit_left(credit) if credit else 0
        there = spare + sum(self.charges[key]["by"]["P", payment_id] for key in keys)
        wanted = there if minor is None else minor
        refuse(not 0 < wanted <= there)

        def done() -> None:
            rest = wanted - min(spare, wanted)
            if credit:
                credit["revoked"] += min(spare, wanted)
            for key in reversed(keys):
                part = min(rest, self.charges[key]["by"]["P", payment_id])
                if part:
                    self.take_off(key, payment_id, part)
                    self.charges[key]["refunded"] += part
                    rest -= part
            payment["refunded"] += wanted
            self.cash[payment["currency"]] -= wanted

        return done

    def issue(self, person: int, minor: int, currency: str, expires: date | None, refundable: bool):
        refuse(not minor)

        def done(credit_id: int, payment_id: int | None = None) -> None:
            self.credits[credit_id] = {
                "person": person,
                "currency": currency,
                "quantity": minor,
                "expires": expires,
                "refundable": refundable,
                "payment": payment_id,
                "used": 0,
                "revoked": 0,
            }

        return done

    def use(self, charge_id: int, minor: int | None, today: date):
        charge = self.charges[charge_id]
        mine = [
            (each["expires"] or date.max, key)
            for key, each in self.credits.items()
            if each["person"] == charge["person"] and each["currency"] == charge["currency"]
            if self.credit_left(each) and (each["expires"] or date.max) >= today
        ]
        there = sum(self.credit_left(self.credits[key]) for _, key in mine)
        wanted = min(there, self.left(charge_id)) if minor is None else minor
        refuse(not 0 < wanted <= min(there, self.left(charge_id)))

        def done() -> None:
            rest = wanted
            for _, key in sorted(mine):
                part = min(rest, self.credit_left(self.credits[key]))
                if part:
                    self.credits[key]["used"] += part
                    charge["by"]["K", key] = charge["by"].get(("K", key), 0) + part
                    rest -= part

        return done

    def give_back(self, charge_id: int):
        by = self.charges[charge_id]["by"]
        keys = [key for kind, key in by if kind == "K"]
        refuse(not keys)

        def done() -> None:
            for key in keys:
                self.credits[key]["used"] -= by.pop(("K", key))

        return done

    def waive(self, charge_id: int, minor: int | None):
        wanted = self.left(charge_id) if minor is None else minor
        refuse(not 0 < wanted <= self.left(charge_id))

        def done() -> None:
            self.charges[charge_id]["waived"] += wanted

        return done

    def end_credit(self, credit_id: int, minor: int | None, *, in_money: bool):
        credit = self.credits[credit_id]
        wanted = self.credit_left(credit) if minor is None else minor
        refuse(not 0 < wanted <= self.credit_left(credit))
        refuse(not credit["refundable"] if in_money else credit["payment"])

        def done() -> None:
            credit["revoked"] += wanted
            if in_money:
                self.cash[credit["currency"]] -= wanted
                if credit["payment"]:
                    self.payments[credit["payment"]]["refunded"] += wanted

        return done

    def attempt(self, charge_id: int):
        refuse(not self.left(charge_id))

        def done(payment_id: int) -> None:
            self.charges[charge_id]["tries"].append(("failed", payment_id))

        return done


class Money_(RuleBasedStateMachine):  # noqa: N801 - Money is what it moves
    """Make moves in the file and in the ledger."""

    blank: bytes = b""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "clients.db"
        self.path.write_bytes(self.blank)
        self.path.chmod(0o600)
        self.today = date(2026, 3, 1)
        self.before: list[Ledger] = []
        self.ledger = Ledger()
        with opened.writing(self.path, "client add", today="2026-03-01") as db:
            for name in ("Ana", "Bruno"):
                clients.add(db, clients.normalized(db, {"first_name": name})[0], source="hand")
        for minor, days, refundable in ((40, None, True), (20, 40, False), (20, 20, True)):
            self.issue(1, minor, "EUR", days, refundable)

    def teardown(self) -> None:
        self.folder.cleanup()

    def move(self, planned, act) -> None:
        """Make a move that the ledger allows, and see that one it does not is refused."""
        kept = copy.deepcopy(self.ledger)
        try:
            done = planned()
        except Refused:
            with (
                pytest.raises((RefusedError, UsageError)),
                opened.writing(self.path, "payment record", today=self.today.isoformat()) as db,
            ):
                act(db)
            return
        with opened.writing(self.path, "payment record", today=self.today.isoformat()) as db:
            made = act(db)
        done(*made)
        self.before.append(kept)

    def one(self, table: dict, pick: int, *, alive) -> int:
        """Pick one, mostly of those that something can be done with."""
        keys = [key for key in table if alive(key)] if pick % 4 else []
        return sorted(keys or table)[pick % len(keys or table)]

    def payment(self, pick: int) -> int:
        table = self.ledger.payments
        return self.one(table, pick, alive=lambda key: table[key]["state"] == "received")

    def open_charge(self, pick: int) -> int:
        return self.one(self.ledger.charges, pick, alive=self.ledger.left)

    @rule(data=st.data())
    def make(self, data):
        """Make any move, each as often: what there is nothing for begins with a charge."""
        name = data.draw(st.sampled_from([*MOVES, "charge", "pay"]))
        if not getattr(self.ledger, OF.get(name, "cash")) or (name == "undo" and not self.before):
            name = "charge"
        getattr(self, name)(**{key: data.draw(values) for key, values in MOVES[name].items()})

    def wait(self, days):
        self.today += timedelta(days=days)

    def charge(self, person, minor, currency, days):
        due = self.today + timedelta(days=days)

        def act(db):
            return (charges.add(db, clients.get(db, person), Money(minor, currency), "A fee", due).id,)

        def done(charge_id: int) -> None:
            nothing = {"waived": 0, "refunded": 0, "by": {}, "tries": []}
            self.ledger.charges[charge_id] = {
                "person": person, "amount": minor, "currency": currency, "due": due, **nothing,
            }  # fmt: skip

        self.move(lambda: done, act)

    def pay(self, person, minor, currency, over):
        def act(db):
            given = None if minor is None else Money(minor, currency)
            cash, owed = payment_types.find(db, "cash"), charges.open_of(db, client_id=person)
            over_to = "credit" if over else None
            made = payments.record(db, person, given, cash, self.today, charges=owed, overpay=over_to)
            kept = credits.of_payment(db, made.id)
            return made.id, kept and kept.id

        self.move(lambda: self.ledger.pay(person, minor, currency, over), act)

    def take_back(self, pick, kind):
        number = self.payment(pick)

        def act(db):
            payment_corrections.reverse(db, payments.find(db, str(number)), kind, CorrectionDetails(self.today))
            return ()

        self.move(lambda: self.ledger.take_back(number, kind), act)

    def refund(self, pick, minor):
        number = self.payment(pick)

        def act(db):
            found = payments.find(db, str(number))
            wanted = None if minor is None else Money(minor, found.amount.currency)
            payment_corrections.refund(db, found, CorrectionDetails(self.today, "because"), wanted)
            return ()

        self.move(lambda: self.ledger.refund(number, minor), act)

    def issue(self, person, minor, currency, days, refundable):
        expires = None if days is None else self.today + timedelta(days=days)

        def act(db):
            return (credits.issue(db, person, Money(minor, currency), None, CreditTerms(refundable, expires)).id,)

        self.move(lambda: self.ledger.issue(person, minor, currency, expires, refundable), act)

    def use(self, pick, minor):
        number = self.open_charge(pick)

        def act(db):
            found = charges.get(db, number)
            credit_spending.use(db, found, None if minor is None else Money(minor, found.amount.currency))
            return ()

        self.move(lambda: self.ledger.use(number, minor, self.today), act)

    def settle(self, pick, minor, what):
        number = self.open_charge(pick)

        def act(db):
            found = charges.get(db, number)
            if what == "give back":
                credit_spending.give_back(db, found)
            elif what == "waive":
                charges.waive(db, found, "Goodwill", None if minor is None else Money(minor, found.amount.currency))
            else:
                entry = CorrectionDetails(self.today, None, payment_types.find(db, "card"))
                return (payment_corrections.record_failed_attempt(db, found, entry).id,)
            return ()

        planned = {
            "give back": lambda: self.ledger.give_back(number),
            "waive": lambda: self.ledger.waive(number, minor),
            "fail": lambda: self.ledger.attempt(number),
        }
        self.move(planned[what], act)

    def end_credit(self, pick, minor, in_money):
        number = self.one(
            self.ledger.credits, pick, alive=lambda key: self.ledger.credit_left(self.ledger.credits[key])
        )

        def act(db):
            found = credits.find(db, str(number))
            if in_money:
                wanted = None if minor is None else Money(minor, found.currency)
                payment_corrections.pay_out(
                    db, found, CorrectionDetails(self.today, None, payment_types.find(db, "cash")), wanted
                )
            else:
                credits.revoke(db, found, minor)
            return ()

        self.move(lambda: self.ledger.end_credit(number, minor, in_money=in_money), act)

    def undo(self):
        with opened.writing(self.path, "undo", today=self.today.isoformat()) as db:
            history.undo(db)
        self.ledger = self.before.pop()

    @invariant()
    def nothing_is_made_or_lost(self):
        with opened.reading(self.path, today=self.today.isoformat()) as db:
            assert charges_of(db) == {
                key: (
                    self.ledger.left(key),
                    sum(part for (kind, _), part in each["by"].items() if kind == "P"),
                    sum(part for (kind, _), part in each["by"].items() if kind == "K"),
                    each["waived"],
                    each["refunded"],
                    each["tries"][-1][0] if each["tries"] and each["tries"][-1][0] != "received" else None,
                )
                for key, each in self.ledger.charges.items()
            }
            found = db.rows("SELECT id, used, revoked FROM credits ORDER BY id")
            assert found == [(key, each["used"], each["revoked"]) for key, each in sorted(self.ledger.credits.items())]
            net = dict(db.rows(f"SELECT y.currency, sum({client_balances.NET}) FROM payments y GROUP BY y.currency"))
            for currency, cash in self.ledger.cash.items():
                assert net.get(currency, 0) == cash
                assert conserved(db, currency)


def charges_of(db) -> dict[int, tuple]:
    rows = db.rows(
        "SELECT id, left_minor, paid_minor, credit_minor, waived_minor, refunded_minor, attempt FROM charges"
    )
    return {row[0]: row[1:] for row in rows}


def conserved(db, currency: str) -> bool:
    """Return whether charges are settled by what is on them, and money received is on charges or in credit."""
    (amount, settled, negative) = db.row(
        """SELECT coalesce(sum(amount_minor), 0),
             coalesce(sum(paid_minor + credit_minor + left_minor + waived_minor + refunded_minor), 0),
             coalesce(sum(min(paid_minor, credit_minor, left_minor, waived_minor, refunded_minor) < 0), 0)
           FROM charges WHERE currency = ?""",
        (currency,),
    )
    (on_charges,) = db.row(
        """SELECT coalesce(sum(a.amount_minor), 0) FROM allocations a JOIN payments y ON y.id = a.payment_id
           WHERE y.currency = ?""",
        (currency,),
    )
    (overpaid,) = db.row(
        "SELECT coalesce(sum(quantity - revoked), 0) FROM credits WHERE payment_id IS NOT NULL AND currency = ?",
        (currency,),
    )
    (given,) = db.row(
        "SELECT coalesce(sum(amount_minor), 0) FROM payments WHERE kind = 'refunded' AND corrects IS NULL"
        " AND currency = ?",
        (currency,),
    )
    net = db.value(f"SELECT coalesce(sum({client_balances.NET}), 0) FROM payments y WHERE currency = ?", (currency,))
    return (amount, negative, net) == (settled, 0, on_charges + overpaid - given)


@pytest.mark.heavy
def test_no_cent_is_made_or_lost_and_undo_brings_every_state_back(book: Path) -> None:
    machine = type("Moves", (Money_,), {"blank": book.read_bytes()})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=heavy.times(5, 75),
            stateful_step_count=60,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
