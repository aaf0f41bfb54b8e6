"""Find the charges of a payment: by number of membership, package, charge or order, or by client."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from clientctl.base import text
from clientctl.base.money import Money
from clientctl.base.words import count, say
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.clients.record import Client
from clientctl.domain.memberships import billing, packages
from clientctl.domain.memberships import record as memberships
from clientctl.domain.money import charges
from clientctl.domain.money.charges import Charge
from clientctl.domain.practice import amounts
from clientctl.domain.shared import queries
from clientctl.errors import MissingParameterError, NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer


class Payables(NamedTuple):
    """The client and the charges of a payment, the oldest due first; ``billed`` of them were just made.

    ``currencies`` are those of the open charges, else those of the records named.
    """

    client_id: int
    charges: list[Charge]
    billed: int
    currencies: set[str]


def find(db: Writer, selectors: Sequence[str], client: Client | None, *, ahead: bool) -> Payables:
    """Find the open charges of memberships, packages, orders and charges by number, or of a client.

    Of a membership or client, those due by today, or with ``ahead`` all; of other records, all. Memberships are
    billed by today first. Raise UsageError when the records belong to several clients.
    """
    due_by = None if ahead else db.today
    named = [_find_by_number(db, number, due_by) for number in selectors if queries.is_number(number)]
    people = [client_selectors.client_named(db, selector) for selector in selectors if not queries.is_number(selector)]
    client_ids = {each.client_id for each in named} | {each.id for each in [*people, *([client] if client else [])]}
    if len(client_ids) > 1:
        raise UsageError(say("these belong to several clients: record a payment for each of them"))
    if not client_ids:
        raise MissingParameterError(say("what is paid? give {forms}, or --client", forms=say(_FORMS)), "--client")
    (client_id,) = client_ids
    if not named:
        return _find_by_client(db, client_id, due_by)
    found = {charge.id: charge for each in named for charge in each.charges}
    return Payables(
        client_id,
        sorted(found.values(), key=lambda each: (each.due_on, each.id)),
        sum(each.billed for each in named),
        {currency for each in named for currency in each.currencies},
    )


def parse_amount(db: Reader, typed: str, payables: Payables, selectors: Sequence[str]) -> Money:
    """Parse the amount of a payment. Raise UsageError for a currency that no record named by number has."""
    numbers = list(filter(queries.is_number, selectors))
    received = amounts.parse(db, typed, payables.currencies)
    if numbers and received.currency not in payables.currencies:
        raise UsageError(
            count(
                len(numbers),
                "{numbers} is in {currencies}: give the amount in that currency",
                "{numbers} are in {currencies}: give the amount in that currency",
                numbers=say(" and ").join(numbers),
                currencies=say(" and ").join(sorted(payables.currencies)),
            )
        )
    return received


def find_attempted(db: Writer, number: str) -> Payables | None:
    """Find the charges of a failed attempt: of a record named, or those due of a membership or client.

    Return None for the number of a payment, and for a client with nothing due: then a recorded payment failed. Raise
    RefusedError when a record with another number has nothing left, or nothing due.
    """
    if not queries.is_number(number):
        found = _find_by_client(db, client_selectors.client_named(db, number).id, db.today)
        return found if found.charges else None
    if not is_payable_number(number):
        return None
    found = _find_by_number(db, number, db.today)
    if not found.charges:
        raise RefusedError(
            say("no charge of {number} is due, so no payment of it can have failed", number=number.strip().upper())
        )
    return found


def is_payable_number(number: str) -> bool:
    """Return whether a number is that of a membership, package, charge or order."""
    return number.strip().upper()[:2] in {"M-", "K-", "C-", "O-"}


_FORMS = "M-42, K-7, C-7 or O-3"


def _find_by_number(db: Writer, number: str, due_by: date | None) -> Payables:
    """Find the open charges of a membership by a day, or of a package, order or charge, by its number."""
    letter, billed = number.strip().upper()[:2], 0
    if letter == "M-":
        membership = memberships.find(db, number)
        client_id, own_currencies = membership.client_id, {membership.price.currency}
        billed = billing.bill(db, db.today, [membership.id]).charges
        found = charges.open_of(db, membership_id=membership.id, due_by=due_by)
    elif letter == "K-":
        package = packages.find(db, number)
        client_id, own_currencies = package.client_id, {package.price.currency}
        found = charges.open_of(db, package_id=package.id)
    elif letter == "O-":
        order_id, client_id = _find_order(db, number)
        own_currencies = _currencies_of(db, order_id)
        found = charges.open_of(db, order_id=order_id)
    elif letter == "C-":
        charge = _check_open(charges.find(db, number))
        client_id, own_currencies, found = charge.client_id, set(), [charge]
    else:
        raise UsageError(
            say(
                "{number} is not a full number: give {forms}, or --client",
                number=text.quoted(number),
                forms=say(_FORMS),
            )
        )
    return Payables(client_id, found, billed, _currencies(found) or own_currencies)


def _find_by_client(db: Writer, client_id: int, due_by: date | None) -> Payables:
    """Find the open charges of a client by a day."""
    ids = [each for (each,) in db.rows("SELECT id FROM memberships WHERE client_id = ?", (client_id,))]
    billed = billing.bill(db, db.today, ids).charges
    found = charges.open_of(db, client_id=client_id, due_by=due_by)
    return Payables(client_id, found, billed, _currencies(found))


def _check_open(charge: Charge) -> Charge:
    if not charge.left.minor:
        raise RefusedError(
            say("{number} is {status}: there is nothing left to pay", number=charge.number, status=charge.status)
        )
    return charge


def _find_order(db: Writer, number: str) -> tuple[int, int]:
    """Find an order; return its id and the id of its client. Raise NotFoundError."""
    row = db.row("SELECT id, client_id FROM orders WHERE id = ?", (queries.number_id(number, "O"),))
    if row is None:
        raise NotFoundError(say("no order {number}: `clientctl order list` lists them", number=number))
    return row[0], row[1]


def _currencies(charges_found: Iterable[Charge]) -> set[str]:
    return {each.amount.currency for each in charges_found}


def _currencies_of(db: Writer, order_id: int) -> set[str]:
    rows = db.rows("SELECT DISTINCT currency FROM charges WHERE order_id = ?", (order_id,))
    return {currency for (currency,) in rows}
