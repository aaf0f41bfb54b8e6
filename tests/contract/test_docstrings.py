"""Docstrings and spelling: how docstrings begin, and that all words are spelled the American way."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "clientctl"

VERBS = frozenset(
    """Accept Add Adopt Allocate Anonymize Append Apply Archive Arrange Ask Assign Attach Back Begin Bill Blank Bring
    Build Calculate Cancel Change Charge Check Choose Clear Close Collect Combine Commit Compare Complete Compute
    Convert Copy Correct Count Create Cut Deactivate Decide Decode Decrypt Delete Describe Detach Detect Determine
    Digest Discard Dispute Display Do Download Draft Draw Drop Edit Encode End Ensure Enter Erase Escape Exclude
    Execute Exit Expire Export Extend Extract Fail Fetch Fill Filter Find Finish Flush Fold Format Freeze Generate Get
    Group Handle Hide Ignore Import Include Insert Install Invoke Issue Iterate Join Keep Label Limit Link List Load
    Lock Log Make Map Mark Match Measure Merge Migrate Move Name Normalize Notify Omit Open Order Parse Pause Pay Pick
    Prepare Preview Print Process Prompt Propose Prune Quote Raise Read Rebuild Recompute Record Redirect Redo Reduce
    Refresh Refund Refuse Register Reject Release Remove Rename Render Renew Reopen Repeat Replace Report Request
    Require Reset Resolve Restart Restore Resume Return Reverse Revert Revoke Rewrite Roll Round Run Save Scan Search
    Select Sell Send Set Settle Shift Show Shorten Skip Sort Split Start Stop Store Strip Suggest Sum Suspend Sweep
    Switch Terminate Test Total Transfer Translate Transform Trim Try Turn Undo Unpack Update Use Validate Verify Void
    Wait Waive Warn Watch Wrap Write Yield""".split()  # noqa: SIM905 - shorter
)
"""How the docstring of a function may begin: with what it does."""

NOT_A_NOUN = frozenset(
    """Gather Give Hold How It Keep Know Let Look Meet Put Say Something
    Take Tell Understand What Which Who Whose""".split()  # noqa: SIM905 - shorter
)
"""How the docstring of a class or a module may not begin. A class may not begin with a verb either."""

BRITISH = (
    r"(?i)\b\w*(?:recognis|normalis|organis(?!t)|initialis|anonymis|summaris|serialis|categoris|prioritis|minimis"
    r"|maximis|optimis(?!t)|customis|capitalis|finalis|utilis|analys(?:e\b|ed\b|ing\b)|colour|behaviour|neighbour"
    r"|favour|honour|labelled|labelling|dialled|dialling|travelled|modelling|judgement|catalogue\b|dialogue"
    r"|whilst|licence\b)\w*"
)
FOREIGN = {"column_names.py", "unknown_columns.py", "status_words.py", "foreign_words.py"}
"""Files with words that people write in their files, in any spelling."""


def files() -> list[Path]:
    return sorted([*SOURCE.rglob("*.py"), *(ROOT / "tests" / "support").glob("*.py")])


def documented(file: Path, *kinds: type) -> Iterator[tuple[str, str]]:
    """Yield where each docstring in a file is, and its first word."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, kinds) and (docstring := ast.get_docstring(node)):
            line = getattr(node, "lineno", 1)
            yield f"{file.relative_to(ROOT)}:{line}: {docstring.splitlines()[0]}", docstring.split()[0].strip(".,:;")


def test_a_function_says_what_it_does() -> None:
    found = [place for file in files() for place, word in documented(file, ast.FunctionDef) if word not in VERBS]
    assert found == []


def test_a_class_says_what_it_is() -> None:
    words = [each for file in files() for each in documented(file, ast.ClassDef)]
    assert [place for place, word in words if word in NOT_A_NOUN | VERBS - {"Back", "Label", "Order", "Total"}] == []


def test_a_module_says_what_is_in_it() -> None:
    found = [place for file in files() for place, word in documented(file, ast.Module) if word in NOT_A_NOUN]
    assert found == []


def test_words_are_spelled_the_american_way() -> None:
    pages = [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(ROOT / "docs").rglob("*.md"),
        *SOURCE.rglob("*.py"),
        *SOURCE.rglob("*.sql"),
    ]
    found = [
        f"{page.relative_to(ROOT)}:{number}: {word[0]}"
        for page in pages
        if page.name not in FOREIGN
        for number, line in enumerate(page.read_text("utf-8").splitlines(), 1)
        for word in re.finditer(BRITISH, line)
    ]
    assert found == []
