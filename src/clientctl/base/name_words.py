"""Compare names of people, folded, word by word."""

from collections.abc import Collection

_SHORT = (3, 4)
"""The lengths of names that differ by one letter and are different: Léo and Léa, Tom and Tim."""


def is_same_first_name(one: str, other: str) -> bool:
    """Return whether two folded first names may be the same; one may be initials."""
    if one == other:
        return True
    words, others = one.split(), other.split()
    for initials, whole in ((words, others), (others, words)):
        if initials and len(initials) <= len(whole) and all(len(each) == 1 for each in initials):
            return all(map(str.startswith, whole, initials))
    return False


def differs_by_letter(one: str, other: str) -> bool:
    """Return whether two similar names belong to two people: short words of them differ by one letter.

    A doubled letter is a typing error at any length: Ana and Anna.
    """
    words, others = one.split(), other.split()
    return any(_is_another(word, each) for word in set(words) - set(others) for each in set(others) - set(words))


def has_initials_of(one: str, other: str) -> bool:
    """Return whether two names differ only in that one has initials for the other's words: J. and Julien."""
    words, others = one.split(), other.split()
    if set(words).isdisjoint(others):
        return False
    mine, theirs = _without(words, others), _without(others, words)
    return bool(mine and theirs) and is_same_first_name(" ".join(mine), " ".join(theirs))


def _without(words: Collection[str], others: Collection[str]) -> list[str]:
    return [word for word in words if word not in others]


def _is_another(one: str, other: str) -> bool:
    """Return whether two words are different short names."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) not in _SHORT or len(longer) not in _SHORT:
        return False
    if len(shorter) == len(longer):
        return sum(map(str.__ne__, one, other)) == 1
    left_out = [at for at in range(len(longer)) if longer[:at] + longer[at + 1 :] == shorter]
    return any(longer[at] not in longer[max(at - 1, 0) : at] + longer[at + 1 : at + 2] for at in left_out)
