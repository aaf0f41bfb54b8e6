"""Keep a length of time in two columns, how many and of what: ``term_count`` and ``term_unit``."""

from clientctl.base.calendar import Interval, Unit


def interval_sql(count: str, unit: str) -> str:
    """Write an interval as it is typed, ``1m``, in SQL; NULL stays NULL."""
    return f"({count} || substr({unit}, 1, 1))"


def interval(count: int | None, unit: Unit | None) -> Interval | None:
    """Put an interval together from its two columns."""
    return Interval(count, unit) if count is not None and unit is not None else None


def columns(**intervals: Interval | None) -> dict[str, str | int | None]:
    """Return the two columns of each of some intervals, by what both are called: ``term`` for term_count, term_unit."""
    values: dict[str, str | int | None] = {}
    for name, each in intervals.items():
        values[f"{name}_count"], values[f"{name}_unit"] = each or (None, None)
    return values
