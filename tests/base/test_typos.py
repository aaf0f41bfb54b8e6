"""A slip is one letter more, less or other, or two swapped; the search for it looks for parts that it leaves whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientctl.base.typos import is_slip, parts_of

WORDS = st.text("abcé ", min_size=2, max_size=8)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("lefebvre", "lefevre"),
        ("ana", "anna"),
        ("exemple", "example"),
        ("muller", "mulelr"),
        ("ab", "ba"),
        ("a", ""),
        ("léa", "léo"),
    ],
)
def test_one_slip(one, other):
    assert is_slip(one, other)
    assert is_slip(other, one)


@pytest.mark.parametrize(
    ("one", "other"), [("ana", "ana"), ("ana", "nana m"), ("abc", "cab"), ("", ""), ("abcd", "badc")]
)
def test_none_and_two_are_not_one(one, other):
    assert not is_slip(one, other)
    assert not is_slip(other, one)


def slips(word):
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield from (
            before + "x" + after,
            before + after[1:],
            before + "x" + after[1:],
            before + after[1::-1] + after[2:],
        )


@given(WORDS)
def test_every_slip_is_one_and_leaves_a_piece_whole(word):
    for other in slips(word):
        assert other == word or is_slip(word, other)
        assert any(piece in other for piece in parts_of(word))
