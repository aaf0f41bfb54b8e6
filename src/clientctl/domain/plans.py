"""Keep plans: the types of membership that are sold."""

from typing import NamedTuple

from clientctl.base import text
from clientctl.domain import labels
from clientctl.domain.lists import Source, field
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

SOURCE = Source(
    plural="plans",
    fields=dict(
        (
            field("id", "Id", "p.id", "integer"),
            field("name", "Name", "p.name", order="p.name_key"),
            field("kind", "Kind", "p.kind"),
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
            field("archived", "Archived", "p.archived_on", "day"),
        )
    ),
    origin="plans p",
    shown=("id", "name", "kind", "rates", "memberships"),
    number="id",
    order=("p.name_key", "p.id"),
)


class Plan(NamedTuple):
    """One plan."""

    id: int
    name: str
    kind: str
    archived_on: str | None


def find(db: Reader, name: str) -> Plan:
    """Find a plan by name, whatever the case and accents. Raise NotFoundError when there is none."""
    row = db.row("SELECT id, name, kind, archived_on FROM plans WHERE name_key = ?", (text.fold(name),))
    if row is None:
        raise NotFoundError(f"no plan {text.quoted(name)}: `clientctl plan list` shows those there are")
    return Plan(*row)


def add(db: Writer, name: str) -> Plan:
    """Make a plan of kind membership. Raise RefusedError when the name is taken."""
    kept, key = _checked(db, name)
    plan_id = db.insert("plans", name=kept, name_key=key, kind="membership")
    db.touch(str(plan_id))
    return Plan(plan_id, kept, "membership", None)


def rename(db: Writer, plan: Plan, name: str) -> Plan:
    """Rename a plan, and with it the label its clients have."""
    kept, key = _checked(db, name, but=plan.id)
    db.update("plans", plan.id, name=kept, name_key=key)
    if db.row("SELECT 1 FROM labels WHERE plan_id = ?", (plan.id,)):
        labels.follow_plan(db, plan.id, kept)
    db.touch(str(plan.id))
    return plan._replace(name=kept)


def _checked(db: Reader, name: str, but: int | None = None) -> tuple[str, str]:
    kept, key = text.named(name, "a plan")
    if "/" in kept:
        raise UsageError(f"{text.quoted(name)} is no name for a plan: the / is kept for its rates, as in Yoga/Monthly")
    if db.row("SELECT 1 FROM plans WHERE name_key = ? AND id IS NOT ?", (key, but)):
        raise RefusedError(f"there is a plan {kept!r} already: choose another name, or edit it")
    return kept, key
