"""Names and their unique beginnings, except where a wrong match would do harm."""

import pytest


@pytest.fixture
def before():
    """Return what is called alike; the site Lyon Nord, the plan Yogalates and its rate are archived."""
    return (
        ("preference", "add", "Newsletter", "News"),
        *(("site", "add", name) for name in ("Lyon Nord", "Lyon Sud", "Paris")),
        ("site", "archive", "Lyon Nord"),
        ("staff", "add", "Noor van Dam"),
        ("field", "add", "Nom du chien", "--type", "text"),
        ("field", "add", "Nombre", "--type", "number"),
        ("segment", "save", "Members", "--member"),
        ("plan", "add", "Yogalates"),
        ("plan", "archive", "Yogalates"),
        ("label", "add", "Yoga", "Viennoise"),
    )


@pytest.mark.parametrize(
    ("typed", "key", "found"),
    [
        (["plan", "show", "yoga"], "name", "Yoga"),
        (["plan", "show", "yo"], "name", "Yoga"),  # what is archived does not count
        (["plan", "show", "YOGAL"], "name", "Yogalates"),  # but when nothing else fits
        (["plan", "edit", "pil", "--name", "Mat"], "name", "Mat"),
        (["rate", "show", "yoga/m"], "name", "Monthly"),
        (["rate", "show", "yo/yea"], "name", "Yearly"),
        (["site", "show", "lyon"], "name", "Lyon Sud"),
        (["site", "show", "lyon nord"], "name", "Lyon Nord"),
        (["staff", "show", "noor"], "name", "Noor van Dam"),
        (["field", "edit", "nom-d", "--name", "Dog"], "key", "nom_du_chien"),
        (["field", "edit", "Nom du", "--name", "Dog"], "key", "nom_du_chien"),
        (["preference", "edit", "news", "--name", "Weekly"], "name", "Weekly"),
        (["client", "edit", "1", "--site", "par"], "site", "Paris"),
        (["client", "edit", "1", "--field", "nomb=3"], "nombre", "3"),
        (["config", "set", "site", "par"], "value", "Paris"),
        (["membership", "add", "--client", "3", "--plan", "yo/y"], "rate", "Yearly"),
    ],
)
def test_a_beginning_does_when_nothing_else_begins_so(do, typed, key, found) -> None:
    done = do(*typed, "--json")
    assert (done.status, str(done.json[key])) == (0, found)


def test_labels_segments_and_payment_types_too(do) -> None:
    assert do("label", "attach", "2", "--label", "vip").status == 0
    assert do("label", "attach", "2", "--label", "fa").err == "Attached Family to Ana Dubois (2)\n"
    assert do("client", "list", "--segment", "mem", "--count").out == do("client", "list", "--member", "--count").out
    assert do("client", "list", "--label", "custom:yo", "--count").out == "0\n"
    assert do("charge", "add", "--client", "1", "--amount", "5", "--for", "key").status == 0
    assert do("payment", "record", "C-1", "--type", "tra").err.startswith(
        "Recorded P-1 (Zoé Müller (1)): 5.00 EUR by Tran"
    )


@pytest.mark.parametrize(
    ("typed", "said", "names"),
    [
        (
            ["label", "attach", "2", "--label", "vi"],
            "2 names begin with 'vi': type more of the name",
            ["custom:Viennoise", "custom:VIP"],
        ),
        (["client", "list", "--label", "yog"], "several labels are named 'yog'", ["custom:Yoga", "plan:Yoga"]),
        (["payment-type", "edit", "ca", "--name", "X"], "2 names begin with 'ca'", ["Card", "Cash"]),
        (["client", "edit", "1", "--field", "no=3"], "2 names begin with 'no'", ["nom_du_chien", "nombre"]),
    ],
)
def test_several_that_begin_so_are_named(do, typed, said, names) -> None:
    done = do(*typed)
    assert (done.status, done.out) == (4, "")
    assert done.error.message.startswith(said)
    assert list(done.error.details) == names


@pytest.mark.parametrize(
    "typed",
    [
        ["label", "rename", "fam", "X"],
        ["label", "remove", "fam", "--yes"],
        ["preference", "remove", "newsl", "--yes"],
        ["payment-type", "remove", "tra", "--yes"],
        ["segment", "remove", "mem"],
        ["field", "remove", "nom-d", "--yes"],
    ],
)
def test_what_is_removed_or_renamed_is_named_in_full(do, typed) -> None:
    assert do(*typed).status == 3


def test_where_a_miss_makes_a_new_one_a_beginning_is_a_miss(do, tmp_path) -> None:
    assert do("label", "attach", "2", "--label", "fam", "--new-label").err == "Attached fam to Ana Dubois (2)\n"
    sheet = tmp_path / "new.csv"
    sheet.write_text("name,plan,rate,price,every,start\nNoé Petit,Pil,Weekly,15,1w,2026-03-01\n")
    assert do("import", "csv", sheet).status == 0
    assert "Pil" in do("plan", "list", "--columns", "name").lines
