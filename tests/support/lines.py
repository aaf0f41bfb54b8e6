"""Random lines of memberships: one client, a first membership, its renewals, and any moves.

A life is plain data: what was sold, and moves, each some days after the one before. It can be lived with billing run
at any time, in one transaction that is rolled back, or one command a move.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from clientctl.base.calendar import Interval, parse_interval
from clientctl.base.money import Money
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import billing, endings, enrolment, pauses, rate_changes, renewal
from clientctl.domain.memberships import corrections as membership_corrections
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships import successors as followed
from clientctl.domain.memberships.as_entered import Correction
from clientctl.domain.memberships.enrolment import MembershipTerms
from clientctl.domain.memberships.record import Membership
from clientctl.domain.money import charges, payments
from clientctl.domain.offers import plans, rates
from clientctl.domain.practice import payment_types
from clientctl.errors import RefusedError, UsageError
from clientctl.store import Reader, Writer

DAY = timedelta(days=1)

PLANS: dict[str, dict[str, str]] = {
    "Yoga": {},
    "Strict": {"min_term": "2m", "notice": "2w", "grace": "10d"},
    "Keep": {"pause_rule": "keep"},
}
RATES: dict[str, tuple[str | None, int, dict[str, Any]]] = {
    "Yoga/Month": ("1m", 6000, {}),
    "Yoga/Quarter": ("3m", 15000, {}),
    "Yoga/Year": ("1y", 60000, {}),
    "Yoga/Fortnight": ("2w", 3000, {}),
    "Yoga/Days": ("10d", 1234, {}),
    "Yoga/First": ("1m", 6000, {"bill_day": 1}),
    "Yoga/Trial": ("1m", 4990, {"trial_days": 14, "setup": Money(2500, "EUR")}),
    "Yoga/Half": ("1m", 4500, {"term": Interval(6, "month")}),
    "Yoga/Once": (None, 9000, {"term": Interval(1, "month")}),
    "Strict/Month": ("1m", 5000, {"setup": Money(1000, "EUR")}),
    "Strict/Weeks": ("4w", 4800, {"term": Interval(12, "week")}),
    "Keep/Month": ("1m", 6000, {}),
    "Keep/Week": ("1w", 1500, {}),
    "Keep/Term": ("1m", 5500, {"term": Interval(3, "month")}),
}
"""Every rate that is sold: how often it is paid, the price, what else was agreed; its plan stands before the slash."""


class Sale(NamedTuple):
    """A sale: at which rate, from which day, until which day or for how long, if given."""

    rate: str
    start: date
    until: date | None = None
    term: str | None = None
    setup: bool = True
    trial: bool = True


class Move(NamedTuple):
    """A move some days after the one before, of the last member or an earlier one; days count from that day."""

    wait: int
    name: str
    back: int = 0
    given: tuple[tuple[str, Any], ...] = ()

    def __repr__(self) -> str:
        words = ", ".join(f"{name}={value!r}" for name, value in self.given)
        return f"+{self.wait} {self.name}({words})" + (f" of the {self.back}. before" if self.back else "")


class Life(NamedTuple):
    """A sale on a day, and what came after."""

    today: date
    sale: Sale
    moves: tuple[Move, ...]


class Step(NamedTuple):
    """The outcome of a move, None for the sale: the member, the day, whether it was done; the last day.

    ``was`` is the member as it was before, its pauses so far making it ``paused`` longer, its term counted from
    ``count``; ``made`` is what was renewed.
    """

    move: Move | None
    member: int
    today: date
    done: bool
    last_on: date | None
    was: Membership | None = None
    paused: timedelta = timedelta()
    made: Membership | None = None
    count: date | None = None


# -- making lives up ------------------------------------------------------------------------------

MOST = 12
LENGTHS = st.sampled_from(["1m", "2m", "3m", "6m", "1y", "2w", "4w", "10d", "28d"])
AHEAD = st.integers(0, 45)
RATE = st.sampled_from(list(RATES))
WAIT = st.sampled_from([0, 0, 1, 1, 2, 5, 9, 14, 20, 28, 31, 45])
TODAY = st.sampled_from(
    [date(2025, 1, 31), date(2024, 2, 29), date(2025, 11, 30), date(2025, 8, 31), date(2026, 3, 1), date(2025, 12, 17)]
)


def days(least: int, most: int) -> st.SearchStrategy[timedelta]:
    return st.integers(least, most).map(timedelta)


BEGINS, LASTS = days(-40, 20), days(20, 200)
SOLD = st.sampled_from(["rate's own", "for", "for", "for", "until"])
USUALLY = st.sampled_from([True, True, False])
BACK = st.sampled_from([0, 0, 0, 0, 1])

MOVES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "bill": {},
    "bill ahead": {"by": days(1, 60)},
    "pay": {"amount": st.none() | st.sampled_from([1, 1000, 4990])},
    "extend": {"by": LENGTHS, "charge": st.booleans()},
    "extend to": {"until": days(10, 200), "charge": st.booleans()},
    "suspend": {"first": st.none() | days(0, 40), "length": st.none() | days(1, 40)},
    "resume": {"on": st.none() | days(0, 40)},
    "renew": {
        "rate": st.none() | st.none() | RATE,
        "start": st.none() | st.none() | days(0, 40),
        "until": st.none() | st.none() | st.none() | days(30, 200),
        "term": st.none() | st.none() | LENGTHS,
    },
    "cancel": {
        "when": st.sampled_from(["now", "at-period-end"]) | days(0, 60),
        "refund": st.booleans(),
        "force": st.booleans(),
    },
    "take back": {},
    "change": {"rate": RATE, "now": st.booleans()},
    "edit start": {"by": days(-40, 25)},
    "edit rate": {"rate": RATE},
    "edit until": {"until": days(-10, 120)},
    "edit term": {"term": LENGTHS},
    "edit endless": {},
}
"""Every move there is, and what with."""

NAMES = (*(name for name in MOVES if name != "bill ahead"), "bill", "pay", "renew", "renew", "suspend")
TOGETHER = (
    ("suspend", "resume"), ("suspend", "renew"), ("cancel", "take back"), ("cancel", "renew"), ("change", "bill"),
    ("change", "cancel", "take back"), ("renew", "renew"), ("renew", "suspend", "resume"), ("extend", "renew"),
    ("renew", "suspend^", "resume^"), ("renew", "suspend^"), ("renew", "extend^"), ("renew", "cancel^", "take back^"),
    ("cancel", "renew", "take back^"), ("renew", "cancel", "extend^", "renew"), ("renew", "edit endless^"),
    ("renew", "edit until^"), ("renew", "edit start"), ("renew", "edit term"), ("pay", "cancel", "renew"),
    ("pay", "suspend", "resume"),
)  # fmt: skip
"""What is often done one after another; ``^`` of the member before the last."""


@st.composite
def sales(draw: st.DrawFn, today: date, rate: st.SearchStrategy[str]) -> Sale:
    start = today + draw(BEGINS)
    how = draw(SOLD)
    return Sale(
        draw(rate),
        start,
        start + draw(LASTS) if how == "until" else None,
        draw(LENGTHS) if how == "for" else None,
        draw(USUALLY),
        draw(USUALLY),
    )


@st.composite
def move(draw: st.DrawFn, name: str) -> Move:
    before = name.endswith("^")
    name = name.removesuffix("^")
    given = tuple((key, draw(value)) for key, value in MOVES[name].items())
    return Move(draw(WAIT), name, 1 if before else draw(BACK), given)


def some(names: Iterable[str]) -> st.SearchStrategy[tuple[Move, ...]]:
    return st.tuples(*map(move, names))


def lives(
    names: Sequence[str] = NAMES, together: Sequence[Sequence[str]] = TOGETHER, rates: Sequence[str] = tuple(RATES)
) -> st.SearchStrategy[Life]:
    """Return the lives of at most twelve moves."""
    # Once, not in each life: to put the strategies together takes longer than to draw from them.
    groups = st.lists(st.one_of(*(some([name]) for name in names), *map(some, together)), max_size=MOST)
    rate = st.sampled_from(rates)

    @st.composite
    def drawn(draw: st.DrawFn) -> Life:
        today = draw(TODAY)
        made = [each for group in draw(groups) for each in group]
        return Life(today, draw(sales(today, rate)), tuple(made[:MOST]))

    return drawn()


# -- living them ----------------------------------------------------------------------------------


def prepare(db: Writer) -> None:
    """Add the plans, their rates and the client."""
    for name, terms in PLANS.items():
        lengths = {key: value if key == "pause_rule" else parse_interval(value) for key, value in terms.items()}
        plans.add(db, name, **lengths)  # type: ignore[arg-type] # what `add` takes
    for name, (every, price, terms) in RATES.items():
        plan, _, rate = name.partition("/")
        found = plans.find(db, plan)
        rates.add(db, found, rate, Money(price, "EUR"), parse_interval(every) if every else None, **terms)
    clients.add(db, {"first_name": "Ana"}, source="hand")


def sell(db: Writer, sale: Sale) -> None:
    terms = MembershipTerms(
        sale.start,
        sale.until,
        parse_interval(sale.term) if sale.term else None,
        with_setup=sale.setup,
        with_trial=sale.trial,
    )
    enrolment.add(db, clients.get(db, 1), rates.find(db, sale.rate), terms)


def members(db: Reader) -> list[Membership]:
    return memberships.where(db, "1")


def target(db: Reader, move: Move) -> Membership:
    """Return which member of the line a move is about."""
    line = members(db)
    return line[max(len(line) - 1 - move.back, 0)]


def make(db: Writer, move: Move) -> None:
    """Make one move. Raise RefusedError or UsageError."""
    _make(db, target(db, move), move.name, **dict(move.given))


def _make(db: Writer, found: Membership, name: str, **given: Any) -> None:
    match name:
        case "wait":
            pass
        case "bill":
            billing.bill(db, db.today)
        case "bill ahead":
            billing.bill(db, db.today + given["by"])
        case "pay":
            _pay(db, found, **given)
        case "extend":
            endings.extend(db, found, by=parse_interval(given["by"]), charge=given["charge"])
        case "extend to":
            endings.extend(db, found, until=db.today + given["until"], charge=given["charge"])
        case "suspend":
            first = _day(db, given["first"])
            back = given["length"] and (first or max(db.today, found.starts_on)) + given["length"]
            pauses.suspend(db, found, starts_on=first, resumes_on=back)
        case "resume":
            pauses.resume(db, found, _day(db, given["on"]))
        case "renew":
            _renew(db, found, **given)
        case "cancel":
            when = given["when"] if isinstance(given["when"], str) else db.today + given["when"]
            endings.cancel(db, found, when, force=given["force"], refund=given["refund"])
        case "take back":
            endings.reverse_cancellation(db, found)
        case "change":
            (rate_changes.change_now if given["now"] else rate_changes.change_at_next_billing)(
                db, found, rates.find(db, given["rate"])
            )
        case _:
            membership_corrections.edit(db, found, _correction(db, found, name, **given))


def _correction(db: Reader, found: Membership, name: str, **given: Any) -> Correction:
    match name:
        case "edit start":
            return Correction(start=found.starts_on + given["by"])
        case "edit rate":
            return Correction(rate=rates.find(db, given["rate"]))
        case "edit until":
            return Correction(until=db.today + given["until"])
        case "edit term":
            return Correction(term=parse_interval(given["term"]))
        case _:
            return Correction(endless=True)


def _day(db: Reader, ahead: timedelta | None) -> date | None:
    return None if ahead is None else db.today + ahead


def _renew(
    db: Writer, found: Membership, rate: str | None, start: timedelta | None, until: timedelta | None, term: str | None
) -> None:
    renewal.renew(
        db,
        found,
        clients.get(db, 1),
        rates.find(db, rate) if rate else None,
        start=_day(db, start),
        until=_day(db, until),
        term=parse_interval(term) if term and not until else None,
    )


def _pay(db: Writer, found: Membership, amount: int | None) -> None:
    """Pay what a member owes after billing: all, or up to an amount."""
    billing.bill(db, db.today)
    owed = charges.open_of(db, membership_id=found.id)
    due = sum(each.left.minor for each in owed)
    received = Money(min(amount or due, due), "EUR")
    payments.record(db, 1, received, payment_types.find(db, "cash"), db.today, charges=owed)


def attempt(db: Writer, act: Callable[[], None]) -> bool:
    """Do something unless a rule forbids it, which changes nothing; return whether it was done."""
    try:
        with db.database.atomic():
            act()
    except (RefusedError, UsageError):
        return False
    return True


def bill_daily(db: Writer, until: date) -> None:
    """Bill on each day that something is due, up to a day."""
    while db.today <= until:
        if db.value("SELECT min(bills_on) <= ? FROM memberships", (db.today.isoformat(),)):
            billing.bill(db, db.today)
        db.today += DAY
    db.today = until


def live(db: Writer, life: Life, *, daily: bool = False, bills: bool = True) -> Iterator[Step]:
    """Run a life in one transaction, billing at the end; return the outcome of the sale and of each move."""
    db.today = life.today
    if not attempt(db, lambda: sell(db, life.sale)):
        yield Step(None, 1, db.today, False, None)
        return
    yield Step(None, 1, db.today, True, memberships.get(db, 1).last_on)
    for move in life.moves:
        following = db.today + timedelta(days=move.wait)
        if daily:
            bill_daily(db, following)
        db.today = following
        if bills or not move.name.startswith("bill"):
            was = target(db, move)
            paused = sum((each.length for each in followed.pauses_moving_end(db, was)), timedelta())
            count = followed.count_of(db, was)
            done = attempt(db, lambda move=move: make(db, move))
            made = members(db)[-1] if done and move.name == "renew" else None
            yield Step(move, was.id, db.today, done, memberships.get(db, was.id).last_on, was, paused, made, count)
    billing.bill(db, db.today)
