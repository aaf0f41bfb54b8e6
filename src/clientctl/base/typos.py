"""Words that differ by one typing error: a letter more, a letter less, another letter, two letters swapped."""


def is_slip(one: str, other: str) -> bool:
    """Return whether two words differ by exactly one typing error."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, others = one[same:], other[same:]
    swapped = len(rest) > 1 and others[:2] == rest[1::-1] and rest[2:] == others[2:]
    return swapped or rest[1:] == others[1:] or rest[1:] == others or rest == others[1:]


def parts_of(word: str) -> tuple[str, str, str]:
    """Return parts of a word, at least one of which is in every word that differs from it by one error.

    They are its halves and, for a swap of the two middle letters, the word with these swapped.
    """
    middle = len(word) // 2
    return word[:middle], word[middle:], f"{word[: middle - 1]}{word[middle]}{word[middle - 1]}{word[middle + 1 :]}"
