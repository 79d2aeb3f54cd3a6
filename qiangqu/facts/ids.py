"""Where a fact lies: it is the ``number``-th row (from 1) of its batch. Inside one node that is one integer, so
that facts sort as they were entered; people and programs see ``12-345``.
"""

from qiangqu.base.errors import NotFoundError

SHIFT = 32
_FIRST = 1 << SHIFT  # below it lie the ids of release 0.1.0, which counted all facts


def place(batch: int, number: int) -> int:
    """The id of a fact.

    >>> place(12, 345) == 12 * 2**32 + 345
    True
    """
    return batch << SHIFT | number


def batch_of(fact: int) -> int:
    """The batch of a fact.

    >>> batch_of(place(12, 345))
    12
    """
    return fact >> SHIFT


def ref(fact: int) -> str:
    """How a fact is called outside.

    >>> ref(place(12, 345))
    '12-345'
    """
    return f"{fact >> SHIFT}-{fact & (_FIRST - 1)}"


def read_ref(text: str) -> int:
    """The id of what :func:`ref` wrote. Raises NotFoundError for anything else.

    >>> ref(read_ref("12-345"))
    '12-345'
    """
    batch, _dash, number = text.partition("-")
    if not (text.isascii() and batch.isdigit() and number.isdigit() and len(batch) < 10 and len(number) < 11):
        raise NotFoundError("没有这条事实，或它不在您的管辖范围内", where=text[:20])
    return place(int(batch), min(int(number), _FIRST - 1))


def is_old(text: str) -> bool:
    """Whether it is an address of release 0.1.0.

    >>> is_old("345"), is_old("12-345")
    (True, False)
    """
    return text.isascii() and text.isdigit() and len(text) < 11 and int(text) < _FIRST
