"""Whole numbers that come from outside as text: bounded, so that neither a database column nor ``int`` itself
refuses them later.
"""

#: the largest number of a record that the databases hold
MOST = 2**63 - 1


def natural(text: str | None, most: int = MOST, least: int = 0) -> int | None:
    """The number that ``text`` writes in ASCII digits, from ``least`` to ``most``; None for everything else.
    Never raises.

    >>> natural("42"), natural("0042"), natural("９"), natural("-1"), natural("9" * 5000), natural("13", most=12)
    (42, 42, None, None, None, None)
    """
    if not text or len(text) > len(str(MOST)) or not (text.isascii() and text.isdigit()):
        return None
    number = int(text)
    return number if least <= number <= most else None
