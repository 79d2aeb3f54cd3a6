"""Whom a policy reaches and what it costs: all enterprises of its area at once, on a day."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from qiangqu.base.visibility import in_subtree
from qiangqu.registry.models import Organisation
from qiangqu.schemes.evaluate import YES, Outcome, Table, evaluate
from qiangqu.schemes.gather import Gathered, gather
from qiangqu.schemes.kinds import KINDS
from qiangqu.schemes.language import Scheme
from qiangqu.schemes.queries import states_of

from .amounts import Amount, Reckoner
from .models import Policy
from .spec import benefit_of, scheme_of

ENTERPRISE = KINDS["enterprise"]


@dataclass
class Reach:
    """How all enterprises stand to a policy on a day. ``inside``: those of its area whom the conditions are for."""

    policy: Policy
    day: dt.date
    scheme: Scheme
    known: Gathered
    table: Table
    outcome: Outcome
    inside: npt.NDArray[np.bool_]
    _amounts: dict[int, Amount] = field(default_factory=dict)

    @cached_property
    def qualified(self) -> list[int]:
        """Rows of those that qualify."""
        return [int(row) for row in np.flatnonzero(self.inside & (self.outcome.state == YES))]

    @cached_property
    def amounts(self) -> dict[int, Amount]:
        """The amounts of those that qualify, by row."""
        return dict(zip(self.qualified, self.reckoner.amounts(self.qualified), strict=True))

    @cached_property
    def reckoner(self) -> Reckoner:
        return Reckoner(benefit_of(self.policy), self.policy.rounding, self.scheme, self.table)

    @cached_property
    def paid(self) -> dict[int, Amount]:
        """Of those that qualify the ones with an amount, by row."""
        return {row: one for row, one in self.amounts.items() if one.fen is not None}

    @property
    def cost(self) -> int:
        """What all would get together, in 分."""
        return sum(one.fen or 0 for one in self.paid.values())

    @cached_property
    def states(self) -> dict[int, str]:
        """How far each enterprise inside is (words of :mod:`qiangqu.schemes.queries`), by row."""
        rows = np.flatnonzero(self.inside)
        states = states_of(self.scheme, self.outcome)[rows]
        return dict(zip(rows.tolist(), states.tolist(), strict=True))

    @property
    def counts(self) -> Mapping[str, int]:
        """How many enterprises there are of each state."""
        return Counter(self.states.values())

    @cached_property
    def without_amount(self) -> Mapping[str, int]:
        """Of those that qualify without an amount: how many for which reason."""
        return Counter(one.why for one in self.amounts.values() if one.fen is None)

    @cached_property
    def simulated(self) -> npt.NDArray[np.bool_]:
        """Whose result rests on made-up figures."""
        return self.known.simulated(self.scheme)

    def score(self, row: int) -> float | None:
        """The sure marks of one, where the scheme gives any."""
        return float(self.outcome.score.low[row]) if self.scheme.criteria else None

    def pk(self, row: int) -> int:
        return int(self.known.ids[row])

    @property
    def ids(self) -> dict[int, int]:
        """Ids of those that qualify, with their rows."""
        return {self.pk(row): row for row in self.qualified}


def reach_of(policy: Policy, day: dt.date) -> Reach:
    """Whom a policy reaches on a day. Raises InputError where its conditions are wrong."""
    scheme = scheme_of(policy, day)
    known = gather(ENTERPRISE, day)
    table = known.table(scheme)
    outcome = evaluate(scheme, table)
    return Reach(policy, day, scheme, known, table, outcome, outcome.concerned & within_area(known, policy.area.path))


def within_area(known: Gathered, path: str) -> npt.NDArray[np.bool_]:
    """Which of the gathered enterprises lie in the subtree."""
    rows: Any = in_subtree(Organisation.objects.all(), path)
    return np.isin(known.ids, np.fromiter(rows.values_list("pk", flat=True), np.int64))
