"""No command stores a full card number, whatever it is typed as, and none repeats one."""

import pytest
from looking import dump_file

SPELLED = "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"
PLAIN = "4111111111111111"
MORE = (
    ("field", "add", "Motto"),
    ("field", "add", "Spare", "--type", "email"),
    ("field", "add", "Mobile", "--type", "phone"),
    ("field", "add", "Blog", "--key", "web", "--type", "url"),
    ("field", "add", "Size", "--type", "number"),
    ("charge", "add", "--client", "1", "--amount", "20", "--for", "key"),
    ("charge", "add", "--client", "1", "--amount", "20", "--for", "key"),
    ("payment", "record", "C-2", "--type", "cash"),
    ("credit", "issue", "1", "--sessions", "3"),
    ("preference", "add", "News"),
)
REFUSED = [
    ("client", "add", "--first", SPELLED),
    ("client", "edit", "1", "--company-address", "3801 298664 6850"),
    ("client", "edit", "1", "--email", f"{PLAIN}@example.com"),
    ("client", "edit", "1", "--login-email", f"{PLAIN}@example.com"),
    ("client", "edit", "1", "--phone", f"+{PLAIN}"),
    ("client", "edit", "1", "--field", f"motto={SPELLED}"),
    ("client", "edit", "1", "--field", f"spare={PLAIN}@example.com"),
    ("client", "edit", "1", "--field", f"mobile=+{PLAIN}"),
    ("client", "edit", "1", "--field", f"web=https://example.com/{PLAIN}"),
    ("client", "edit", "1", "--field", f"size={PLAIN}"),
    ("client", "add", "--first", "Ana", "--label", SPELLED, "--new-label"),
    ("label", "add", SPELLED),
    ("field", "add", SPELLED),
    ("field", "add", "Card", "--key", f"k{PLAIN}"),
    ("field", "add", "Card", "--type", "choice", "--choice", SPELLED),
    ("segment", "save", SPELLED, "--member"),
    ("segment", "save", "Some", "--where", f"company contains {PLAIN}"),
    ("note", "add", "1", SPELLED),
    ("task", "add", "1", SPELLED),
    ("address", "add", "1", "--name", "Home", "--street", SPELLED),
    ("preference", "opt-in", "1", "--preference", "News", "--how", SPELLED),
    ("plan", "add", SPELLED),
    ("service", "add", SPELLED, "--length", "1h"),
    ("service", "add", "Call", "--length", "1h", "--link", f"https://example.com/{PLAIN}"),
    ("staff", "add", SPELLED),
    ("site", "add", SPELLED),
    ("payment-type", "add", SPELLED),
    ("payment-method", "add", "1", "card", "--label", SPELLED),
    ("charge", "add", "--client", "1", "--amount", "20", "--for", SPELLED),
    ("charge", "add", "--client", "1", "--amount", PLAIN, "--for", "key"),
    ("charge", "waive", "C-1", "--reason", SPELLED),
    ("payment", "record", "C-1", "--type", "cash", "--reference", SPELLED),
    ("payment", "void", "P-1", "--reason", SPELLED, "--yes"),
    ("credit", "issue", "1", "--amount", "5", "--reason", SPELLED),
    ("credit", "use", "1", "--sessions", "1", "--reason", SPELLED),
    ("import", "csv", "sheet.csv", "--save-mapping", SPELLED),
    ("import", "csv", f"{PLAIN}.csv"),
    ("document", "attach", "1", f"{PLAIN}.csv"),
]


@pytest.fixture
def before():
    return MORE


@pytest.mark.parametrize("line", REFUSED, ids=" ".join)
def test_a_card_number_is_refused_and_not_repeated(do, practice, tmp_path, monkeypatch, line):
    monkeypatch.chdir(tmp_path)
    for name in ("sheet.csv", f"{PLAIN}.csv"):
        (tmp_path / name).write_text("First name\nNoé\n")
    there = dump_file(practice)
    done = do(*line)
    assert done.status == 5, done
    assert "a full card number, ending in " in done.error.message
    assert SPELLED not in done.error.message
    assert PLAIN not in done.error.message
    assert dump_file(practice) == there


@pytest.mark.parametrize(
    "line",
    [
        ("client", "edit", "1", "--company-address", "38012986646850"),
        ("client", "edit", "1", "--company-address", "SIRET 380 129 866 46850, TVA FR89380129866"),
        ("payment-method", "add", "1", "direct-debit", "--label", "FR76 3000 6000 0112 3456 7890 189"),
        ("client", "edit", "1", "--phone", "+49 1511 2345686"),
        ("charge", "add", "--client", "1", "--amount", "20", "--for", "SIRET 30258900100016"),
    ],
    ids=" ".join,
)
def test_numbers_of_companies_accounts_and_phones_are_kept(do, line):
    assert do(*line).status == 0


@pytest.mark.parametrize(
    "spelled", [SPELLED, "4111_1111_1111_1111", "+4111111111111111", "4111\u200b11111111\u200b1111"]
)
def test_an_import_names_the_line_and_keeps_nothing(do, practice, tmp_path, spelled):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(f"First name;Company;Notes;Phone\nAna;{spelled};;\nBo;;{spelled};\nChloé;;;{spelled}\n", "utf-8")
    there = dump_file(practice)
    done = do("import", "csv", sheet)
    assert (done.status, [line.partition(' in ')[0] for line in done.error.details]) == (
        7, [f"line {number}: a full card number, ending" for number in (2, 3, 4)],
    )  # fmt: skip
    card = tmp_path / "card.vcf"
    card.write_text(f"BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nX-CARD:{spelled}\nEND:VCARD\n", "utf-8")
    assert do("import", "vcard", card).status == 7
    assert dump_file(practice) == there
