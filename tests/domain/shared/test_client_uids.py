"""Names of clients that only their own file knows."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from clientctl.base import uids
from clientctl.domain.session import opened
from clientctl.domain.shared.client_uids import line as line_of

lines = st.text("0123456789abcdef", min_size=16, max_size=16)


@given(lines, st.integers(1, 2**59))
def test_a_name_leads_back_in_its_own_file(line, number) -> None:
    named = uids.make_uid(line, number)
    assert uuid.UUID(named).version == 8
    assert uuid.UUID(named).variant == uuid.RFC_4122
    assert uids.client_id_of(line, f"urn:uuid:{named.upper()}") == number


@given(lines, lines, st.integers(1, 9999))
def test_and_nowhere_else(line, other, number) -> None:
    if line[:15] != other[:15]:
        assert uids.client_id_of(other, uids.make_uid(line, number)) is None
    for text in ("", "12", str(uuid.uuid5(uuid.NAMESPACE_DNS, line))):
        assert uids.client_id_of(line, text) is None


def test_every_file_has_digits_of_its_own(book) -> None:
    with opened.reading(book) as db:
        assert len(line_of(db)) == 16
        assert line_of(db) == line_of(db)
