"""Intervals stored in two columns, such as ``term_count`` and ``term_unit``."""

from clientctl.base.calendar import Interval, Unit


def interval_sql(count: str, unit: str) -> str:
    """Return the SQL of an interval as it is typed, ``1m``; NULL stays NULL."""
    return f"({count} || substr({unit}, 1, 1))"


def interval(count: int | None, unit: Unit | None) -> Interval | None:
    """Return the interval that two columns store."""
    return Interval(count, unit) if count is not None and unit is not None else None


def columns(**intervals: Interval | None) -> dict[str, str | int | None]:
    """Return the two columns of each interval, by their common prefix: ``term`` for term_count, term_unit."""
    values: dict[str, str | int | None] = {}
    for name, each in intervals.items():
        values[f"{name}_count"], values[f"{name}_unit"] = each or (None, None)
    return values
