"""How much of what was due came in, and was valid: the ranking of stations and outlets."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Completeness:
    """Of one point group (station or outlet): ``due`` hours (points × hours), those received at all and those
    valid.
    """

    key: str
    due: int
    received: int
    valid: int

    @property
    def transmission(self) -> float | None:
        """传输率: share received."""
        return min(1.0, self.received / self.due) if self.due else None

    @property
    def validity(self) -> float | None:
        """有效率: share valid of what was received."""
        return self.valid / self.received if self.received else None

    @property
    def effective(self) -> float | None:
        """传输有效率: the product, share valid of what was due; the assessment asks for 90 % (HJ 75-2017 and
        the yearly notices; not looked up).
        """
        return min(1.0, self.valid / self.due) if self.due else None


REQUIRED = 0.9


def ranking(items: Iterable[Completeness]) -> list[tuple[int, Completeness]]:
    """Worst first with their rank; what has nothing due comes last. Equal shares share a rank.

    >>> [(rank, c.key) for rank, c in ranking([Completeness("a", 10, 9, 9), Completeness("b", 10, 5, 5), Completeness("c", 10, 5, 5)])]
    [(1, 'b'), (1, 'c'), (3, 'a')]
    """
    ordered = sorted(items, key=lambda c: (c.effective is None, c.effective or 0.0, c.key))
    ranks: list[tuple[int, Completeness]] = []
    for at, one in enumerate(ordered):
        same = ranks and ranks[-1][1].effective == one.effective
        ranks.append((ranks[-1][0] if same else at + 1, one))
    return ranks
