"""What a scheme file says: values, conditions, scored criteria, levels. One file is one edition of a scheme.

These are plain data; what one file alone cannot show (units of indicators, other schemes, other editions) is
checked by :mod:`qiangqu.schemes.check`. A number that was searched for and not found is ``null`` and stays so:
what hangs on it is open, never 0.
"""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

CODE = r"^[a-z][a-z0-9_]{0,59}$"
#: hundredths: sums of points and weights are compared with this much room
ROOM = 1e-6

#: a figure as files have it; a date that YAML reads as one is written as text
Number = Annotated[float, Field(allow_inf_nan=False)]
Dated = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, dt.date | int) else value)]
Text = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value)]


class Plain(BaseModel):
    """Base of all: unknown words are refused, and nothing is changed once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Said(Plain):
    """A date that is no day of effect, and what it is."""

    value: Dated
    what: str = ""


class Document(Plain):
    """Where the criteria stand. ``effective`` is a day of effect that was read; else ``dated`` says by what date
    the edition is chosen. ``source``: official address."""

    title: str
    number: str | None = None
    effective: dt.date | None = None
    dated: Said | None = None
    expires: dt.date | None = None
    source: str | None = None
    note: str = ""

    @property
    def since(self) -> dt.date | None:
        """The day from which the edition is chosen."""
        return self.effective or (first_day(self.dated.value) if self.dated else None)


def first_day(text: str) -> dt.date | None:
    """The first day of ``2023``, ``2023-09`` or ``2023-09-20``; None for what is no date.

    >>> first_day("2023-09"), first_day("当年")
    (datetime.date(2023, 9, 1), None)
    """
    found = re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", text.strip())
    if not found:
        return None
    try:
        return dt.date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return None


class Option(Plain):
    """A possible answer of a questionnaire. ``is`` the number that conditions and bands see."""

    title: str
    is_: Number = Field(alias="is")


class Value(Plain):
    """Where a value comes from; one of ``indicator`` (a formula with a value for each subject), ``titles`` (1 where
    the subject holds one of these recognitions on the day, else 0), ``attribute`` (of the subject's register),
    ``scheme`` (what another scheme ``gives``: its marks, the number of its level counted from 1 at the lowest, or
    whether it passes), ``ask`` (an answer) and ``mark`` (an expert's mark
    between two figures, with a reason). Answers and marks are kept under the ``question``; without it under the scheme's code and
    the value's name. Several schemes that ask the same thing name the same question."""

    title: str
    unit: str = ""
    indicator: str | None = None
    period: Literal["year", "half", "quarter", "month"] = "year"
    titles: tuple[str, ...] | None = None
    attribute: str | None = None
    scheme: str | None = None
    gives: Literal["score", "level", "passes"] = "score"
    ask: Literal["yes_no", "number", "choice"] | None = None
    options: tuple[Option, ...] = ()
    question: str | None = None
    by: Literal["enterprise", "official"] = "official"
    mark: tuple[Number, Number] | None = None
    better: Literal["up", "down"] = "up"
    note: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> "Value":
        kinds = ("indicator", "titles", "attribute", "scheme", "ask", "mark")
        given = [name for name in kinds if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"取值来源应恰好写一种（{'、'.join(kinds)}），现在写了 {'、'.join(given) or '（没有）'}")
        if self.ask == "choice" and not self.options:
            raise ValueError("选择题要写 options，每项有 title 和 is")
        if self.mark is not None and self.mark[0] > self.mark[1]:
            raise ValueError("mark 的两个数应先小后大")
        return self

    @property
    def is_text(self) -> bool:
        return self.attribute is not None

    @property
    def kind(self) -> str:
        names = ("indicator", "titles", "attribute", "scheme", "ask", "mark")
        return next(name for name in names if getattr(self, name) is not None)


Op = Literal[">=", ">", "<=", "<", "==", "!=", "in", "starts"]


class Condition(Plain):
    """Holds, does not hold, or is open. One of ``value`` (compared with ``than``), ``score`` (points of a criterion
    of this scheme, or ``total``), ``all``, ``any``, ``at_least`` of ``of``, and ``unknown`` (a condition whose wording
    or figure was not found: it is always open)."""

    code: str = ""
    title: str = ""
    clause: Text = ""
    note: str = ""
    value: str | None = None
    score: str | None = None
    op: Op | None = None
    than: Number | bool | str | tuple[str, ...] | None = None
    all: tuple["Condition", ...] | None = None
    any: tuple["Condition", ...] | None = None
    at_least: int | None = None
    of: tuple["Condition", ...] = ()
    unknown: str | None = None

    @model_validator(mode="after")
    def _shape(self) -> "Condition":
        kinds = [n for n in ("value", "score", "all", "any", "at_least", "unknown") if getattr(self, n) is not None]
        if len(kinds) != 1:
            raise ValueError(
                f"条件应恰好写 value、score、all、any、at_least、unknown 之一，现在写了 {'、'.join(kinds) or '（没有）'}"
            )
        if kinds[0] in ("value", "score"):
            if self.op is None or self.than is None:
                raise ValueError("比较要写 op 和 than；原文的数没有查到时改写 unknown")
            if (self.op in ("in", "starts")) != isinstance(self.than, tuple):
                raise ValueError("in、starts 之后的 than 应是若干代码的列表，其余应是一个数或 true、false")
        elif self.op is not None or self.than is not None:
            raise ValueError("op、than 只与 value、score 一起写")
        if self.at_least is not None and not 1 <= self.at_least <= len(self.of):
            raise ValueError(f"at_least {self.at_least} 应在 1 与所列条件数 {len(self.of)} 之间")
        if self.all == () or self.any == ():
            raise ValueError("all、any 里至少要有一个条件")
        return self

    @property
    def parts(self) -> tuple["Condition", ...]:
        return self.all or self.any or self.of

    def leaves(self) -> Iterator["Condition"]:
        """The conditions below that are not made of others."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


class Band(Plain):
    """Points from ``min`` to ``max``; without one of them it is open on that side. Points that were not found are
    null."""

    min: Number | None = None
    max: Number | None = None
    points: Number | None = None


class Linear(Plain):
    """From 0 at ``zero`` (基准值) to full at ``full`` (引领值), straight between; ``full`` below ``zero`` for what
    is better when smaller. Null figures were not found."""

    zero: Number | None = None
    full: Number | None = None


class Power(Plain):
    """功效系数法: ``base`` (a share, mostly 0.6) at ``bad`` (不允许值), full at ``good`` (满意值), by
    ``base + (1 - base) * r ** exponent``; below ``bad`` on the straight line to 0."""

    bad: Number
    good: Number
    base: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = 0.6
    exponent: Annotated[float, Field(gt=0, le=4, allow_inf_nan=False)] = 1.0


class Ratio(Plain):
    """Value to target (or target to value where less is better) times the points, up to ``most`` times."""

    target: Number
    most: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)] = 1.0


class Peers(Plain):
    """Points by standing among peers: ``by`` min–max, rank (1 is best) or the percentage of peers that are worse
    (quantile). ``among``: with whom a subject is compared. Who has no value is no peer."""

    by: Literal["minmax", "rank", "quantile"]
    among: Literal["all", "sector", "chain", "scale", "city"] = "all"
    bands: tuple[Band, ...] = ()

    @model_validator(mode="after")
    def _bands(self) -> "Peers":
        if (self.by == "minmax") == bool(self.bands):
            raise ValueError("rank、quantile 要写 bands；minmax 不写")
        return self


class Choice(Plain):
    """Points where ``when`` holds; two figures are a range within which an expert marks."""

    when: Condition
    points: Number | tuple[Number, Number] | None = None
    title: str = ""


class Each(Plain):
    """``points`` for each whole ``per`` of the value."""

    per: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    points: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Count(Plain):
    """``points`` for each of the conditions that holds."""

    of: tuple[Condition, ...]
    points: Annotated[float, Field(gt=0, allow_inf_nan=False)]


SCORED = (
    "bands",
    "linear",
    "power",
    "ratio",
    "peers",
    "choices",
    "each",
    "count",
    "given",
    "parts",
    "best_of",
    "unknown",
)


class Criterion(Plain):
    """What is scored, up to ``points``. One of the ways in :data:`SCORED`; ``parts`` add up (or with ``weight`` at
    each, are averaged by weight), of ``best_of`` the best counts, ``given`` are the marks as they are. ``bonus``
    stands outside the points of its group, ``deduction`` is taken off."""

    code: Annotated[str, Field(pattern=CODE)]
    title: str
    points: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    clause: Text = ""
    note: str = ""
    value: str | None = None
    bonus: bool = False
    deduction: bool = False
    weight: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    edges: Literal["[)", "(]"] = "[)"
    bands: tuple[Band, ...] | None = None
    linear: Linear | None = None
    power: Power | None = None
    ratio: Ratio | None = None
    peers: Peers | None = None
    choices: tuple[Choice, ...] | None = None
    otherwise: Number = 0.0
    mark: str | None = None
    each: Each | None = None
    count: Count | None = None
    given: bool | None = None
    parts: tuple["Criterion", ...] | None = None
    best_of: tuple["Criterion", ...] | None = None
    unknown: str | None = None

    @model_validator(mode="after")
    def _shape(self) -> "Criterion":
        ways = [name for name in SCORED if getattr(self, name) is not None]
        if len(ways) != 1:
            raise ValueError(f"计分方式应恰好写一种（{'、'.join(SCORED)}），现在写了 {'、'.join(ways) or '（没有）'}")
        needs = self.way in ("bands", "linear", "power", "ratio", "peers", "each", "given")
        if needs != (self.value is not None):
            raise ValueError(f"计分方式 {self.way} {'要' if needs else '不'}写 value")
        if self.points is None and self.way != "unknown":
            raise ValueError("没有满分 points；原文没有查到时改写 unknown: 说明")
        return self

    @property
    def way(self) -> str:
        return next(name for name in SCORED if getattr(self, name) is not None)

    @property
    def children(self) -> tuple["Criterion", ...]:
        return self.parts or self.best_of or ()

    @property
    def weighted(self) -> bool:
        return bool(self.parts) and all(part.weight is not None for part in self.parts or ())


class Level(Plain):
    """A level, best first; a subject has the first whose condition holds."""

    code: Annotated[str, Field(pattern=CODE)]
    title: str
    when: Condition


class Scheme(Plain):
    """One edition of a scheme. ``code`` is the scheme's, ``edition`` tells editions apart. ``grants``: the recognition
    to which it leads."""

    code: Annotated[str, Field(pattern=CODE)]
    edition: Annotated[Text, Field(max_length=20)]
    title: str
    short: str = ""
    authority: str = ""
    document: Document
    subject: str
    only: Condition | None = None
    kind: Literal["eligibility", "score", "level"]
    confidence: Literal["high", "medium", "low"] | None = None
    grants: str | None = None
    values: dict[str, Value] = {}
    gates: tuple[Condition, ...] = ()
    vetoes: tuple[Condition, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    max_points: Number | None = None
    passes: Condition | None = Field(default=None, alias="pass")
    levels: tuple[Level, ...] = ()
    valid_years: Number | None = None
    reexamined: str = ""
    seen: tuple[dict[str, Any], ...] = ()
    contradictions: tuple[dict[str, Any], ...] = ()
    gaps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def all_criteria(self) -> Iterator[Criterion]:
        """Every criterion, a group before its parts."""
        waiting = list(reversed(self.criteria))
        while waiting:
            one = waiting.pop()
            yield one
            waiting += reversed(one.children)

    def conditions(self) -> Iterator[Condition]:
        """The roots of all conditions: whom it is for, gates, vetoes, what passes, levels, choices, counts."""
        yield from (self.only,) if self.only else ()
        yield from self.gates
        yield from self.vetoes
        yield from (self.passes,) if self.passes else ()
        yield from (level.when for level in self.levels)
        for one in self.all_criteria():
            yield from (choice.when for choice in one.choices or ())
            yield from one.count.of if one.count else ()

    @property
    def partial(self) -> bool:
        """Whether the points of some criterion are not known, so that there is no total to judge by."""
        return any(one.points is None for one in self.all_criteria())
