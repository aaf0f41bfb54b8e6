"""Names joined in one cell, told apart again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientctl.base.joined_names import join, split_quoted

names = st.text(st.sampled_from("ab ;,:\"'é"), min_size=1, max_size=8).map(str.strip).filter(bool)


@given(st.lists(names, min_size=1, max_size=5))
def test_what_is_joined_is_parted_again(listed) -> None:
    text = join(listed)
    plain = text.split("; ")
    assert (split_quoted(text) if '"' in text else plain) == listed


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
    assert split_quoted(text) == names


def test_simple_names_look_as_people_write_them() -> None:
    assert join(["VIP", "yoga"]) == "VIP; yoga"


def test_what_parts_names_anywhere_is_quoted() -> None:
    assert join(["a;b", "c,d", "e ::: f", "g: h"]) == '"a;b"; "c,d"; "e ::: f"; g: h'
