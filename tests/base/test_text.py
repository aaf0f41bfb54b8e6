"""Text as it is stored, compared and shown."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientctl.base.text import clean, clean_line, fold, quoted, show_controls, squeeze
from clientctl.errors import UsageError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Ana \n", "Ana"),
        ("Jose\u0301", "José"),
        ("two\r\nlines\tand  tab", "two\r\nlines\tand  tab"),
        ("[bold]\x1b[31m\u202e", "[bold]\x1b[31m\u202e"),
        ("", ""),
    ],
)
def test_a_text_is_stored_as_it_is(text, kept):
    assert clean(text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [(" Ana\tMaria \r\n López\u00a0", "Ana Maria López"), ("a\u2028b\x0bc", "a b c"), (" \n ", "")],
)
def test_a_text_of_one_line_has_single_spaces(text, kept):
    assert clean_line(text) == kept


@pytest.mark.parametrize("text", ["a\0b", "\udcff", "é\ud800", "x" * 100 + "\0"])
@pytest.mark.parametrize("take", [clean, clean_line])
def test_what_can_not_be_stored_is_refused_in_one_line(text, take):
    with pytest.raises(UsageError) as error:
        take(text)
    assert error.value.message.isprintable()
    assert len(error.value.message) < 150


@given(TEXTS.filter(lambda text: "\0" not in text))
def test_cleaning_again_changes_nothing(text):
    assert clean(clean(text)) == clean(text)
    assert clean_line(clean_line(text)) == clean_line(text)
    assert clean_line(text) == " ".join(unicodedata.normalize("NFC", text).split())


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Ana Müller", "ana muller"),
        ("ÅNGSTRÖM", "angstrom"),
        ("Łukasz Żółć", "lukasz zolc"),
        ("Bjørn Đặng Æsir Œuvre", "bjorn dang aesir oeuvre"),
        ("Weiß WEISS weiẞ", "weiss weiss weiss"),
        ("Þór Sigurðsson", "thor sigurdsson"),
        ("İstanbul ısı", "istanbul isi"),
        ("O'Brien-Smith", "o brien smith"),
        ("O’Brien ʻOkina", "o brien okina"),
        ("  a\t\n b\u00a0\u2003c  ", "a b c"),
        ("a_b+c@d.e/f", "a b c d e f"),
        ("zero\u200bwidth \ufeffjoin\u200d soft\u00adhyphen bell\x07", "zerowidth join softhyphen bell"),
        ("ﬁancé №5 ½", "fiance no5 1 2"),
        ("ＡＢＣ１２３", "abc123"),
        ("Иван Ёлкин", "иван елкин"),
        ("ΣΊΣΥΦΟΣ σίσυφος", "σισυφοσ σισυφοσ"),
        ("王小明", "王小明"),
        ("محمّد", "محمد"),
        ("★ 😀 €", ""),
        ("", ""),
        ("❤\ufe0f love", "love"),
    ],
)
def test_a_key_has_neither_case_nor_accents_nor_punctuation(text, key):
    assert fold(text) == key


@pytest.mark.parametrize(("one", "other"), [("がく", "かく"), ("किताब", "कताब"), ("क्षमा", "कषमा"), ("한", "하")])
def test_marks_that_make_other_letters_are_kept(one, other):
    assert fold(one) != fold(other)


@given(TEXTS)
def test_folding_again_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_composed_and_decomposed_text_have_one_key(text):
    assert fold(unicodedata.normalize("NFD", text)) == fold(text) == fold(unicodedata.normalize("NFC", text))


@given(st.text(st.characters(categories=["Lu", "Ll"])))
def test_case_does_not_count(text):
    assert fold(text.casefold()) == fold(text)


def test_every_character_has_a_settled_key():
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if unicodedata.category(char) in {"Cn", "Co", "Cs"}:
            continue
        key = fold(char)
        assert fold(key) == key, hex(code)
        assert fold(char.casefold()) == key, hex(code)
        assert key == " ".join(key.split())


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_text_and_any_other_are_folded_alike(text):
    assert fold(text + " é") == f"{fold(text)} e".strip()


def test_a_squeezed_key_has_no_spaces():
    assert squeeze(fold("O'Brien-Smith")) == "obriensmith"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ana Müller 王 😀", "Ana Müller 王 😀"),
        ("[bold] :smile:", "[bold] :smile:"),
        ("\x1b[31mred\x07", "␛[31mred␇"),
        ("a\tb\r\nc\0", "a␉b␍␊c␀"),
        ("\x7f", "␡"),
        ("\x9b31m", "<U+009B>31m"),
        ("\u202eevil\u202c", "<U+202E>evil<U+202C>"),
        ("\u2066x\u2069\u200e\u200f\u061c", "<U+2066>x<U+2069><U+200E><U+200F><U+061C>"),
        ("a\u2028b\u2029", "a<U+2028>b<U+2029>"),
        ("\ud800", "<U+D800>"),
        ("a\u00a0b\u200d", "a\u00a0b\u200d"),
    ],
)
def test_controls_are_shown_and_never_obeyed(text, shown):
    assert show_controls(text) == shown


@given(st.text())
def test_nothing_shown_can_act_on_a_terminal(text):
    shown = show_controls(text)
    assert all(unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"} for char in shown)
    assert all(
        unicodedata.bidirectional(char) not in {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
        for char in shown
    )
    shown.encode()


def test_an_error_quotes_no_more_than_it_needs():
    assert quoted("a\nb") == "'a␊b'"
    assert quoted("x" * 60) == f"'{'x' * 60}'"
    assert quoted("x" * 61) == f"'{'x' * 60}…'"
