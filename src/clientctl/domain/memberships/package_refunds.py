"""The sessions of refunded packages: removed when all money is refunded, else kept."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from clientctl.base.money import Money
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import packages
from clientctl.domain.memberships.packages import Package, format_sessions
from clientctl.domain.money.charges import format_money
from clientctl.store import Reader, Writer


def remove_refunded_sessions(db: Writer, charge_ids: Sequence[int], *, keep: bool) -> list[str]:
    """Remove the sessions left of packages of which all money received was refunded, unless ``keep``.

    ``charge_ids`` are the charges that were refunded or waived. A package of which something is open or paid keeps
    its sessions. Return a sentence for each package with a refund.
    """
    sentences = []
    for package, settled, owed in _affected_packages(db, charge_ids, refunded=True):
        if settled.minor or owed.minor or keep:
            sentences.append(_describe_sessions_kept(db, package, settled, owed))
            continue
        shown_numbers = list(db.numbers)
        packages.empty(db, package, "all that was paid for it is refunded")
        db.numbers[:] = shown_numbers  # the command shows the refund, not the package
        sentences.append(
            say(
                "{number} ({client}): all that was paid for it is refunded, so its {left} are removed; "
                "--keep-sessions keeps them",
                number=package.number,
                client=package.client,
                left=format_sessions(package.left),
            )
        )
    return sentences


def describe_sessions_kept(db: Reader, charge_ids: Sequence[int]) -> list[str]:
    """Describe each package that keeps its sessions though its payment was reversed."""
    return [_describe_sessions_kept(db, *each) for each in _affected_packages(db, charge_ids, refunded=False)]


class _AffectedPackage(NamedTuple):
    """A package with sessions left, the amount paid by money or credit, and the open amount."""

    package: Package
    settled: Money
    owed: Money


def _affected_packages(db: Reader, charge_ids: Sequence[int], *, refunded: bool) -> Iterator[_AffectedPackage]:
    numbers = ", ".join(str(int(each)) for each in charge_ids)
    rows = db.rows(
        f"""SELECT h.package_id, sum(h.paid_minor + h.credit_minor), sum(h.left_minor) FROM charges h
            WHERE h.package_id IN (SELECT package_id FROM charges WHERE id IN ({numbers}))
            GROUP BY h.package_id HAVING sum(h.refunded_minor) > 0 OR NOT :refunded ORDER BY h.package_id""",
        {"refunded": int(refunded)},
    )
    for package_id, settled, owed in rows:
        package = packages.find(db, str(package_id))
        if package.left:
            currency = package.price.currency
            yield _AffectedPackage(package, Money(settled, currency), Money(owed, currency))


def _describe_sessions_kept(db: Reader, package: Package, settled: Money, owed: Money) -> str:
    why = [
        say("{amount} of it is {what}", amount=format_money(amount), what=what)
        for amount, what in ((owed, "open"), (settled, "paid"))
        if amount.minor
    ]
    reason = f": {' and '.join(why)}" if why else ""
    why_taken = "" if clients.is_erased(db, package.client_id) else " --reason refunded"
    return say(
        "{number} ({client}) keeps {left}{reason}; `clientctl package adjust {number} "
        "-{package_left}{why_taken}` removes them",
        number=package.number,
        client=package.client,
        left=format_sessions(package.left),
        reason=reason,
        package_left=package.left,
        why_taken=why_taken,
    )
