"""E-mail addresses: read, refused, compared."""

import heavy
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from clientctl.base import emails
from clientctl.errors import UsageError


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("ana@example.com", "ana@example.com"),
        (" Ana.Muller+spa@EXAMPLE.net ", "Ana.Muller+spa@example.net"),
        ("o'brien_{x}@mail.example.co.uk", "o'brien_{x}@mail.example.co.uk"),
        ("ana@clinic.test", "ana@clinic.test"),
        ("josé@example.com", "josé@example.com"),
        ("jose\u0301@example.com", "josé@example.com"),
        ("ana@MÜNCHEN.de", "ana@münchen.de"),
        ("ana@xn--mnchen-3ya.de", "ana@münchen.de"),
        ("a--b@example.com", "a--b@example.com"),
        ("用户@例子.广告", "用户@例子.广告"),
        (f"{'a' * 64}@example.com", f"{'a' * 64}@example.com"),
    ],
)
def test_an_address_keeps_its_local_part(text, kept):
    assert emails.normalize(text) == kept
    assert emails.normalize(kept) == kept


@pytest.mark.parametrize(
    "text",
    ["", "ana", "ana@", "@example.com", "ana@example", "a b@example.com", "ana@exa mple.com", "ana@@example.com",
     ".ana@example.com", "ana.@example.com", "a..b@example.com", "ana@-example.com", "ana@example-.com",
     "ana@example..com", "ana@.com", "ana@example.com.", "ana@example.123", "ana@[127.0.0.1]", '"a b"@example.com',
     "Ana <ana@example.com>", "ana@example.com, bob@example.com", "ana@example.com\nbcc: x@example.com",
     "ana\0@example.com",
     f"{'a' * 65}@example.com", f"ana@{'a' * 64}.com", f"a@{'.'.join(['a' * 60] * 5)}.com", "é" * 65 + "@example.com",
     "ana@ab--cd.com", "a" * 100_000 + "@example.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_one_line(text):
    with pytest.raises(UsageError, match=r"^not an e-mail address: .*ana@example\.com$") as error:
        emails.normalize(text)
    assert error.value.message.isprintable()


_PARTS = st.text("abZ09._-+'@", min_size=1, max_size=12)


@settings(max_examples=heavy.times(100, 400))
@given(
    _PARTS,
    st.lists(st.text("abZ09-", min_size=1, max_size=66), min_size=1, max_size=5),
    st.sampled_from(["com", "FR", "c", "c0m", "c-m", "museum"]),
)
def test_the_quick_way_says_what_the_library_says(local, labels, top):
    text = f"{local}@{'.'.join(labels)}.{top}"
    try:
        expected = validate_email(text, check_deliverability=False, strict=True).normalized
    except EmailNotValidError:
        with pytest.raises(UsageError):
            emails.normalize(text)
    else:
        assert emails.normalize(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana@Example.com", "ana@example.COM "),
        ("JOSÉ@example.com", "jose\u0301@example.com"),
        ("STRASSE@example.com", "straße@example.com"),
    ],
)
def test_addresses_are_compared_without_case(one, other):
    assert emails.key(one) == emails.key(other)


def test_accents_count_in_an_address():
    assert emails.key("josé@example.com") != emails.key("jose@example.com")
