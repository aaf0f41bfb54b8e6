"""Names joined in one cell, told apart again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientctl.base.joined_names import joined, parted

names = st.text(st.sampled_from("ab ;,:\"'é"), min_size=1, max_size=8).map(str.strip).filter(bool)


@given(st.lists(names, min_size=1, max_size=5))
def test_what_is_joined_is_parted_again(listed) -> None:
    text = joined(listed)
    plain = text.split("; ")
    assert (parted(text) if '"' in text else plain) == listed


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("VIP; yoga", None),
        ('"yoga, evening"', ["yoga, evening"]),
        ('VIP;"yoga, evening" ; x', ["VIP", "yoga, evening", "x"]),
        ('"say ""hi"""', ['say "hi"']),
        ('the "best"', None),
        ('"open', None),
        ('"a" b', None),
        ('"a" ::: b', None),
        ('"VIP","Yoga, doux"', ["VIP", "Yoga, doux"]),
        ('VIP, "Yoga; doux" ,x', ["VIP", "Yoga; doux", "x"]),
    ],
)
def test_texts_of_others(text, names) -> None:
    assert parted(text) == names


def test_simple_names_look_as_people_write_them() -> None:
    assert joined(["VIP", "yoga"]) == "VIP; yoga"


def test_what_parts_names_anywhere_is_quoted() -> None:
    assert joined(["a;b", "c,d", "e ::: f", "g: h"]) == '"a;b"; "c,d"; "e ::: f"; g: h'
