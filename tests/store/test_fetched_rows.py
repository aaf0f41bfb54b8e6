"""Rows fetched before anything is done with them, and copies of big files."""

import pytest

from clientctl.domain.session import opened
from clientctl.store import snapshot, transactions
from clientctl.store.fetched_rows import SpooledRows, fetch_all


@pytest.mark.parametrize("count", [0, 1, 4_999, 5_000, 5_001, 12_345])
def test_every_row_is_kept_in_order_and_read_as_often_as_asked(count) -> None:
    rows = [(number, "é" * (number % 7), None, 1.5) for number in range(count)]
    kept = fetch_all(iter(rows))
    assert isinstance(kept, SpooledRows) == (count >= 5_000)
    assert list(kept) == rows
    assert list(kept) == rows


def test_rows_are_all_fetched_at_once() -> None:
    left = iter(range(20_000))
    fetch_all((number,) for number in left)
    assert next(left, None) is None


def test_a_writer_does_not_wait_for_who_reads_a_big_file(book, monkeypatch) -> None:
    """Big is anything here; the copy shows what was there when it was made."""
    monkeypatch.setattr(snapshot, "BIG", 0)
    monkeypatch.setattr("clientctl.store.opening.BUSY_SECONDS", 0.0)
    with opened.reading(book, long=True) as db:
        with opened.writing(book, "meanwhile") as writer:
            writer.insert("staff", name="Noor", name_key="noor")
        assert db.rows("SELECT name FROM staff") == [("Ana Müller",)]
        with pytest.raises(Exception, match="readonly"):
            db.connection.execute("DELETE FROM staff")
    with transactions.read(book) as db:
        assert db.value("SELECT count(*) FROM staff") == 2
