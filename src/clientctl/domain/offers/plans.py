"""Plans: the types of membership and the packages of sessions that are sold."""

from typing import Literal, NamedTuple

from clientctl.base import text
from clientctl.base.calendar import Interval
from clientctl.base.words import say
from clientctl.domain.clients import labels
from clientctl.domain.shared import by_name, intervals
from clientctl.domain.shared.intervals import interval_sql
from clientctl.domain.shared.queries import Source, field
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

Kind = Literal["membership", "package"]
"""What a plan sells: access for a time, or a number of sessions."""

Collection = Literal["manual", "card", "direct-debit"]
"""How amounts due are collected."""

PauseRule = Literal["extend", "keep"]
"""What a pause does to the days after it: the end and the bill days move by its length, or stay."""

COLLECTIONS: tuple[Collection, ...] = ("manual", "card", "direct-debit")

SOURCE = Source(
    plural="plans",
    fields=dict(
        (
            field("id", "Id", "p.id", "integer"),
            field("name", "Name", "p.name", order="p.name_key"),
            field("kind", "Kind", "p.kind"),
            field("collection", "Collected by", "p.collection"),
            field("pause", "Pause rule", "p.pause_rule"),
            field("minimum_term", "Minimum term", interval_sql("p.min_term_count", "p.min_term_unit")),
            field("notice", "Notice to cancel", interval_sql("p.notice_count", "p.notice_unit")),
            field("grace", "Grace to renew", interval_sql("p.grace_count", "p.grace_unit")),
            field(
                "rates",
                "Rates",
                "(SELECT count(*) FROM rates r WHERE r.plan_id = p.id AND r.archived_on IS NULL)",
                "integer",
            ),
            field(
                "memberships",
                "Memberships",
                "(SELECT count(*) FROM memberships m WHERE m.plan_id = p.id)",
                "integer",
            ),
            field("packages", "Packages", "(SELECT count(*) FROM packages k WHERE k.plan_id = p.id)", "integer"),
            field("archived", "Archived", "p.archived_on", "day"),
        )
    ),
    origin="plans p",
    shown=("id", "name", "kind", "rates", "memberships"),
    number="id",
    order=("p.name_key", "p.id"),
)


class Plan(NamedTuple):
    """A plan; its terms are copied into each membership sold.

    ``min_term`` is the time before which a membership may not be cancelled, ``notice`` the time between a cancellation
    and the last day, ``grace`` the time after the end within which a renewal continues the membership.
    """

    id: int
    name: str
    kind: Kind
    archived_on: str | None
    collection: Collection = "manual"
    pause_rule: PauseRule = "extend"
    min_term: Interval | None = None
    notice: Interval | None = None
    grace: Interval | None = None


_SELECT = """SELECT id, name, kind, archived_on, collection, pause_rule,
    min_term_count, min_term_unit, notice_count, notice_unit, grace_count, grace_unit FROM plans"""


def find(db: Reader, name: str, *, exactly: bool = False) -> Plan:
    """Find a plan by its name or, unless ``exactly``, the beginning of its name. Raise NotFoundError."""
    row = db.row(f"{_SELECT} WHERE id = ?", (by_name.find_id(db, "plans", name, exactly=exactly),))
    if row is None:
        if not db.value("SELECT EXISTS (SELECT 1 FROM plans)"):
            raise NotFoundError(
                say("there are no plans yet: `clientctl plan add {name}` adds one", name=text.name_word(name))
            )
        raise NotFoundError(say("no plan {name}: `clientctl plan list` lists them", name=text.quoted(name)))
    return Plan(*row[:6], *(intervals.interval(*row[at : at + 2]) for at in (6, 8, 10)))


def add(
    db: Writer,
    name: str,
    *,
    kind: Kind = "membership",
    collection: Collection = "manual",
    pause_rule: PauseRule = "extend",
    min_term: Interval | None = None,
    notice: Interval | None = None,
    grace: Interval | None = None,
) -> Plan:
    """Add a plan. Raise RefusedError when the name is taken, UsageError for terms that its kind does not have."""
    plan = Plan(0, name, kind, None, collection, pause_rule, min_term, notice, grace)
    values = _values(db, plan)
    plan_id = db.insert("plans", **values)
    db.note_number(str(plan_id))
    return plan._replace(id=plan_id, name=str(values["name"]))


def edit(db: Writer, plan: Plan, after: Plan) -> Plan:
    """Change a plan; the label of its clients follows its name, and memberships sold keep their terms.

    Raise RefusedError for another kind when it has rates, which depend on the kind.
    """
    values = _values(db, after)
    if after.kind != plan.kind and db.row("SELECT 1 FROM rates WHERE plan_id = ?", (plan.id,)):
        raise RefusedError(
            say(
                "{name} has rates of a {kind}, so its kind can't change: `clientctl plan add NAME --kind "
                "{after_kind}` adds another plan",
                name=plan.name,
                kind=plan.kind,
                after_kind=after.kind,
            )
        )
    db.update("plans", plan.id, **values)
    labels.rename_automatic(db, "plan", plan.id, str(values["name"]))
    db.note_number(str(plan.id))
    return after._replace(name=str(values["name"]))


def _values(db: Reader, plan: Plan) -> dict[str, str | int | None]:
    """Check a plan, which is new if its id is 0; return its columns. Raise UsageError, RefusedError."""
    name, key = text.parse_name(plan.name, say("a plan"))
    if "/" in name:
        raise UsageError(
            say(
                "{name} is not a name for a plan: the / separates a plan from its rate, as in Yoga/Monthly",
                name=text.quoted(name),
            )
        )
    if db.row("SELECT 1 FROM plans WHERE name_key = ? AND id IS NOT ?", (key, plan.id)):
        raise RefusedError(
            say("the plan {name} already exists: choose another name, or edit it", name=text.quoted(name))
        )
    if plan.kind == "package":
        _check_package(plan)
    return {
        "name": name,
        "name_key": key,
        "kind": plan.kind,
        "collection": plan.collection,
        "pause_rule": plan.pause_rule,
        **intervals.columns(min_term=plan.min_term, notice=plan.notice, grace=plan.grace),
    }


def _check_package(plan: Plan) -> None:
    """Raise UsageError for a package with terms that only a membership has: it is paid once and ends by itself."""
    terms = {
        "--collection": plan.collection != "manual",
        "--pause": plan.pause_rule != "extend",
        "--minimum-term": plan.min_term,
        "--notice": plan.notice,
        "--grace": plan.grace,
    }
    if wrong := [option for option, value in terms.items() if value]:
        raise UsageError(
            say(
                "{options} can't be used for a package, which is paid once and ends by itself",
                options=say(" and ").join(wrong),
            )
        )
