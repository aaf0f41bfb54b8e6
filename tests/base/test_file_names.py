"""Names of files that every system takes, and none twice."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientctl.base import file_names


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("offer.pdf", "offer.pdf"),
        ("Épices & Fils (2024).pdf", "Épices & Fils (2024).pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\Users\\a.txt", "C__Users_a.txt"),
        (".hidden", "hidden"),
        ("...", "file"),
        ("", "file"),
        ('a<b>c:"d"|e?f*.txt', "a_b_c__d__e_f_.txt"),
        ("nul.txt", "_nul.txt"),
        ("COM1", "_COM1"),
        ("console.txt", "console.txt"),
        ("a\x1b[31m\n.txt", "a␛[31m␊.txt"),
        ("a\u202egpj.exe", "aU+202E_gpj.exe"),
        ("trailing. ", "trailing"),
        ("é" * 150 + ".pdf", "é" * 100),
    ],
)
def test_a_name_that_every_system_takes(given_name, safe):
    assert file_names.make_safe(given_name) == safe


def test_a_name_that_comes_again_gets_a_number():
    assert file_names.make_unique(["a.pdf", "A.PDF", "a.pdf", "a (2).pdf", "b", "b", "e\u0301.txt", "é.txt"]) == [
        "a.pdf",
        "A (2).PDF",
        "a (3).pdf",
        "a (2) (2).pdf",
        "b",
        "b (2)",
        "é.txt",
        "é (2).txt",
    ]


@given(st.lists(st.text(max_size=20), max_size=8))
def test_no_name_is_a_path_hidden_or_another(given_names):
    found = file_names.make_unique(given_names)
    assert len({unicodedata.normalize("NFD", each).casefold() for each in found}) == len(given_names)
    for each in found:
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', each)
        assert each.strip(" .") == each != ""
