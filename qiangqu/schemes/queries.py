"""What pages and API ask of schemes: whose marks somebody may see, results of a scheme, candidates."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import NotFoundError
from qiangqu.base.terms import said
from qiangqu.base.visibility import in_subtree, is_own_only, visible
from qiangqu.facts import subjects
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action

from .evaluate import NO, YES, Outcome
from .explain import span
from .gather import Gathered, all_editions, gathered_for, held, schemes_on
from .kinds import KINDS, Kind
from .language import Scheme

QUALIFIES, KNOWN_HOLD, ONE, TWO, FAILS, OPEN_, SCORED = "yes", "known", "one", "two", "no", "open", "scored"


def day_of(request: Any) -> dt.date:
    """The day as of which a page shows."""
    return getattr(request, "as_of", None) or timezone.localdate()


def scheme_on(code: str, day: dt.date, edition: str = "") -> Scheme:
    """The edition of a scheme in force on a day, or the one that is named. Raises NotFoundError."""
    if edition:
        found = next((one for one in all_editions() if (one.code, one.edition) == (code, edition)), None)
    else:
        found = schemes_on(day).get(code) or next((one for one in all_editions() if one.code == code), None)
    if found is None:
        raise NotFoundError(_("没有这个方案或版本"), where=f"{code} {edition}".strip()[:80])
    return found


def seen_kinds(user: Any) -> list[str]:
    """Kinds of subjects whose schemes concern the user: an enterprise's own are those of enterprises."""
    return ["enterprise"] if is_own_only(user) else list(KINDS)


def scheme_for(user: Any, code: str, day: dt.date, edition: str = "") -> Scheme:
    """:func:`scheme_on` of what concerns the user. Raises NotFoundError, as for one that is not there."""
    found = scheme_on(code, day, edition)
    if found.subject not in seen_kinds(user):
        raise NotFoundError(_("没有这个方案或版本"), where=code)
    return found


def editions_of(code: str) -> list[Scheme]:
    """All editions of a scheme, the newest first."""
    return sorted(
        (one for one in all_editions() if one.code == code), key=lambda one: str(one.document.since), reverse=True
    )


def seen(kind: Kind, viewer: Any, area: Any = None) -> Any:
    """Records of a kind whose marks ``viewer`` may see: those that he sees in the register, by a post that shows marks.
    The one rule for marks: pages, API and spreadsheets ask nothing else."""
    model: Any = Area if kind.register == "area" else subjects.model_of(subjects.by_code(kind.register))
    rows = visible(visible(model.objects.all(), viewer), viewer, Action.VIEW_SCHEMES)
    rows = rows.filter(**{f"{column}__in": values for column, values in kind.where.items()})
    return in_subtree(rows, area.path) if area is not None else rows


def subject_row(known: Gathered, viewer: Any, code: str) -> int:
    """The row of a subject by its code. Raises NotFoundError for one that is not there or not seen: not told apart."""
    pk = (
        seen(known.kind, viewer).filter(code=code[:80]).values_list("pk", flat=True).first()
        if "\0" not in code
        else None
    )
    if pk is None or pk not in known.at:
        raise NotFoundError(_("没有这个对象，或它不在您的管辖范围内"), where=code[:80])
    return known.at[pk]


@dataclass(frozen=True, slots=True)
class Result:
    """One subject's result in a scheme. ``low`` and ``high``: the range of its marks; ``still``: how many conditions
    must still come about, at the least; ``open_``: how many more are not known."""

    scheme: str
    pk: int
    code: str
    name: str
    place: str
    state: str
    low: float | None
    high: float | None
    level: str
    still: int
    open_: int
    holds: bool
    simulated: bool
    distance: float = 0.0
    rank: int | None = None

    @property
    def score(self) -> str:
        if self.low is None or self.high is None:
            return ""
        return span(self.low, self.high)


def words() -> Mapping[str, str]:
    """States of a result in words."""
    return {
        QUALIFIES: _("符合"),
        KNOWN_HOLD: _("已知条件符合"),
        ONE: _("差一项"),
        TWO: _("差两项"),
        OPEN_: _("待补数据"),
        FAILS: _("不符合"),
        SCORED: _("已评分"),
    }


TONES = {
    QUALIFIES: "green",
    KNOWN_HOLD: "blue",
    ONE: "amber",
    TWO: "amber",
    OPEN_: "grey",
    FAILS: "red",
    SCORED: "blue",
}


def state_at(scheme: Scheme, made: Outcome, at: int) -> str:
    """How far the subject in a row is. A scheme that only gives marks has them, or lacks figures for them."""
    return str(states_of(scheme, made)[at])


def states_of(scheme: Scheme, made: Outcome) -> npt.NDArray[np.str_]:
    """How far each subject is: qualifies; what is known holds (the scheme itself has gaps); one or two conditions short
    (with at most two more unknown); much is not known; fails."""
    if not (scheme.gates or scheme.passes or scheme.vetoes):
        return np.where(made.score.high - made.score.low < 1e-9, SCORED, OPEN_)
    failing, unsure = made.failing, made.unsure
    few = (failing <= 2) & (unsure <= 2)
    return np.select(
        [made.state == YES, failing == 0, few & (failing == 1), few, made.state == NO],
        [QUALIFIES, np.where(unsure == 0, KNOWN_HOLD, OPEN_), ONE, TWO, FAILS],
        OPEN_,
    )


def rows_seen(known: Gathered, viewer: Any, area: Any = None) -> npt.NDArray[np.bool_]:
    """Which rows of what is gathered ``viewer`` may see, by :func:`seen`."""
    return np.isin(known.ids, list(seen(known.kind, viewer, area).values_list("pk", flat=True)))


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of some subjects whom a scheme concerns hold its title, are in each state without holding it, and whether
    any of their marks rest on made-up figures."""

    holders: int
    without: Mapping[str, int]
    simulated: bool


def counts(scheme: Scheme, known: Gathered, rows: npt.NDArray[np.bool_]) -> Counts:
    """What the ``rows`` come to, without a result for each of them."""
    made = known.outcome(scheme)
    concerned = rows & made.concerned
    holding = known.holding((scheme.grants,) if scheme.grants else ())[0]
    found, numbers = np.unique(states_of(scheme, made)[concerned & ~holding], return_counts=True)
    without = dict(zip(found.tolist(), numbers.tolist(), strict=True))
    simulated = bool(known.simulated(scheme)[concerned].any())
    return Counts(int((concerned & holding).sum()), dict.fromkeys(words(), 0) | without, simulated)


def results(scheme: Scheme, day: dt.date, viewer: Any, area: Any = None) -> list[Result]:
    """The results of all subjects that ``viewer`` sees and the scheme concerns: best marks first, then those that are
    nearest."""
    known = gathered_for(scheme, day)
    made = known.outcome(scheme)
    rows = seen(known.kind, viewer, area)
    holders = _holders(scheme, day)
    place = (
        "parent__short_name"
        if known.kind.register == "area"
        else subjects.area_lookup(subjects.by_code(known.kind.register), "short_name")
    )
    found = []
    scored = bool(scheme.criteria)
    made_up = known.simulated(scheme)
    states = states_of(scheme, made).tolist()
    places: dict[str, str] = {}
    for pk, name_of_place in rows.values_list("pk", place):
        at = known.at.get(pk)
        if at is None or not made.concerned[at]:
            continue
        failing, unsure = int(made.failing[at]), int(made.unsure[at])
        level = int(made.level_low[at])
        low, high = float(made.score.low[at]), float(made.score.high[at])
        if name_of_place not in places:
            places[name_of_place] = said(name_of_place or "")
        found.append(
            Result(
                scheme.code, pk, str(known.codes[at]), said(known.names[at]), places[name_of_place], states[at],
                low if scored else None, high if scored else None,
                said(scheme.levels[len(scheme.levels) - level].title) if level else "", failing, unsure, pk in holders, bool(made_up[at]), float(made.distance[at]),
            )
        )  # fmt: skip
    order = {QUALIFIES: 0, SCORED: 0, KNOWN_HOLD: 1, ONE: 2, TWO: 3, OPEN_: 4, FAILS: 5}
    if scheme.kind == "score" and scheme.passes is None:
        return sorted(found, key=lambda one: (-(one.low or 0), one.code))
    return sorted(found, key=lambda one: (order[one.state], one.distance, -(one.low or 0), one.code))


def _holders(scheme: Scheme, day: dt.date) -> frozenset[int]:
    if scheme.grants is None:
        return frozenset()
    return frozenset(held((scheme.grants,), day).values_list("holder_id", flat=True))


def summary(found: Iterable[Result]) -> dict[str, int]:
    """How many results there are of each state."""
    counts = dict.fromkeys(words(), 0)
    for one in found:
        counts[one.state] += 1
    return counts
