"""Two rounds side by side: places, marks and each criterion of the zones that are in both."""

from collections.abc import Sequence
from dataclasses import dataclass

from qiangqu.base.terms import said
from qiangqu.schemes.evaluate import evaluate

from .freezing import scheme_of, table_of, zones_of
from .models import Round, ZoneResult
from .objecting import marks_between


@dataclass(frozen=True, slots=True)
class Pair:
    """A zone in two rounds (None: not in it). ``groups``: by criterion of the first level, the points of both."""

    name: str
    left: ZoneResult | None
    right: ZoneResult | None
    groups: Sequence[tuple[str, str, str]]

    @property
    def more(self) -> float | None:
        """Marks gained from the left round to the right one, in the worst case."""
        if self.left is None or self.right is None or self.left.low is None or self.right.low is None:
            return None
        return self.right.low - self.left.low

    @property
    def up(self) -> int | None:
        """Places gained, where both are one place."""
        sides = (self.left, self.right)
        if any(one is None or one.rank is None or one.rank != one.rank_worst for one in sides):
            return None
        return int(self.left.rank - self.right.rank)  # type: ignore[union-attr, operator]


def _points(one: Round) -> tuple[dict[int, ZoneResult], dict[int, dict[str, str]], dict[str, str]]:
    """Zones by area, their points by criterion, the criteria's titles."""
    scheme, zones = scheme_of(one), zones_of(one)
    made = evaluate(scheme, table_of(scheme, zones), details=True)
    titles = {each.code: said(each.title) for each in scheme.criteria}
    points = {
        zone.area_id: {
            code: marks_between(float(made.points[code].low[row]), float(made.points[code].high[row]))
            for code in titles
        }
        for row, zone in enumerate(zones)
    }
    return {zone.area_id: zone for zone in zones}, points, titles


def compared(left: Round, right: Round) -> list[Pair]:
    """The zones of two rounds, in the order of the right one's ranking."""
    before, points_before, titles_before = _points(left)
    after, points_after, titles_after = _points(right)
    titles = titles_before | titles_after
    found = []
    for area in dict.fromkeys([*after, *before]):
        a, b = before.get(area), after.get(area)
        groups = [
            (title, points_before.get(area, {}).get(code, ""), points_after.get(area, {}).get(code, ""))
            for code, title in titles.items()
        ]
        some = b or a
        assert some is not None
        found.append(Pair(str(some.area), a, b, groups))
    return sorted(found, key=lambda one: (one.right is None, one.right.rank or 0 if one.right else 0, one.name))
