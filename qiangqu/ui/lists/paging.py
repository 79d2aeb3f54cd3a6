"""Pages of a list: bounded, and never an error for a number that is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from qiangqu.base.numbers import natural

AROUND = 2


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of how many. ``count`` rows can be paged through; ``more``: there are further ones."""

    number: int
    size: int
    count: int
    more: bool = False

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // self.size))

    @property
    def first(self) -> int:
        """Number of the first row on the page, from 1."""
        return (self.number - 1) * self.size + 1

    @property
    def last(self) -> int:
        return min(self.number * self.size, self.count)

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def following(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None

    @property
    def numbers(self) -> list[int | None]:
        """Page numbers to be offered; None for a gap of more than one.

        >>> Paging(5, 10, 100).numbers, Paging(1, 10, 25).numbers
        ([1, 2, 3, 4, 5, 6, 7, None, 10], [1, 2, 3])
        """
        near = [n for n in range(1, self.pages + 1) if n in (1, self.pages) or abs(n - self.number) <= AROUND]
        made: list[int | None] = []
        for n in near:
            if made and made[-1] is not None and n - made[-1] > 1:
                made.append(n - 1 if n - made[-1] == 2 else None)
            made.append(n)
        return made


def page_at(text: str | None, size: int, count: int, more: bool = False) -> Paging:
    """The page that an address asks for: the first for nonsense, the last for one beyond."""
    last = max(1, -(-count // size))
    return Paging(min(natural(text, least=1) or 1, last), size, count, more)


def counted(rows: "QuerySet[Any]", most: int) -> tuple[int, bool]:
    """How many rows there are, at most ``most``, and whether there are more."""
    count = rows.order_by().values("pk")[: most + 1].count()
    return min(count, most), count > most


def paged(found: "QuerySet[Any] | Sequence[Any]", text: str | None, size: int) -> tuple[list[Any], Paging]:
    """A page of rows and which it is, for pages that are no lists (cards, parts of a record)."""
    count = found.count() if isinstance(found, QuerySet) else len(found)
    page = page_at(text, size, count)
    return list(found[page.first - 1 : page.last]), page
