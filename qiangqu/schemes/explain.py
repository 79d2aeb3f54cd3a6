"""A subject's standing in a scheme as lines that people read: each condition and criterion with value, threshold,
points and source, in the order of the scheme.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from qiangqu.base.terms import said
from qiangqu.formulas.templatetags.indicators import open_url

from .evaluate import NO, OPEN, YES, Interval, Outcome, Table, evaluate
from .gather import Gathered, period_of
from .language import Condition, Criterion, Scheme

SIGNS = {">=": "≥", ">": "＞", "<=": "≤", "<": "＜", "==": "＝", "!=": "≠"}
WORDS = {NO: "no", OPEN: "open", YES: "yes"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A value of a subject: in words, where it comes from, and where it opens."""

    name: str
    title: str
    text: str
    unit: str
    source: str
    url: str
    number: float | None
    missing: bool
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """One condition or criterion. ``state``: "yes", "no", "open", or "" for what is only scored. ``low`` and ``high``
    are points, ``most`` the full ones. ``spare``: it fails, but another one stands for it."""

    depth: int
    title: str
    clause: str
    state: str
    figure: Figure | None
    threshold: str
    low: float | None = None
    high: float | None = None
    most: float | None = None
    gap: str = ""
    note: str = ""
    group: bool = False
    spare: bool = False

    @property
    def points(self) -> str:
        return "" if self.low is None or self.high is None else span(self.low, self.high)

    @property
    def share(self) -> int:
        """Per cent of the full points, for a bar."""
        return round(100 * self.low / self.most) if self.low is not None and self.most else 0

    @property
    def more(self) -> int:
        """Per cent that may still be added."""
        if self.low is None or self.high is None or not self.most:
            return 0
        return round(100 * (self.high - self.low) / self.most)


@dataclass
class Explained:
    """A subject in a scheme, explained. ``missing``: the figures that are not there and matter."""

    scheme: Scheme
    outcome: Outcome
    table: Table
    gates: list[Line] = field(default_factory=list)
    criteria: list[Line] = field(default_factory=list)
    passes: list[Line] = field(default_factory=list)
    vetoes: list[Line] = field(default_factory=list)
    missing: list[Figure] = field(default_factory=list)

    @property
    def state(self) -> str:
        return WORDS[int(self.outcome.state[0])]

    @property
    def score(self) -> tuple[float, float]:
        return float(self.outcome.score.low[0]), float(self.outcome.score.high[0])

    @property
    def all_known_hold(self) -> bool:
        """Whether nothing fails and nothing is missing, but the scheme itself has gaps."""
        return self.state == "open" and not self.outcome.failing[0] and not self.outcome.unsure[0]

    @property
    def level(self) -> str:
        """The level that is sure; "" for none."""
        at = int(self.outcome.level_low[0])
        return self.scheme.levels[len(self.scheme.levels) - at].title if at else ""


def number(value: float) -> str:
    """A figure as people write it: no more digits than it needs.

    >>> number(12.5), number(1234567.0), number(0.30000000000000004)
    ('12.5', '1,234,567', '0.3')
    """
    return f"{round(value, 4):,.4f}".rstrip("0").rstrip(".")


def span(low: float, high: float) -> str:
    """A range of points; one figure where it is one, "?" where nobody knows how much may be added.

    >>> span(3, 3), span(3, 4.5), span(3, float("inf"))
    ('3', '3—4.5', '3—?')
    """
    if abs(high - low) < 1e-9:
        return number(low)
    return f"{number(low)}—{number(high) if high < float('inf') else '?'}"


def explained(known: Gathered, scheme: Scheme, row: int, table: Table | None = None) -> Explained:
    """How the subject in a row stands, in words; with ``table`` by other figures than those that are known."""
    table = table or known.table(scheme, row)
    outcome = evaluate(scheme, table, details=True)
    made = Explained(scheme, outcome, table)
    words = _Words(known, scheme, row, table, outcome)
    for at, gate in enumerate(scheme.gates):
        made.gates += words.condition(gate, ("gates", at), 0)
    for one in scheme.criteria:
        made.criteria += words.criterion(one, 0)
    if scheme.passes is not None:
        made.passes += words.condition(scheme.passes, ("pass",), 0)
    for at, veto in enumerate(scheme.vetoes):
        made.vetoes += words.condition(veto, ("vetoes", at), 0)
    used = dict.fromkeys(
        line.figure.name
        for line in (*made.gates, *made.criteria, *made.passes, *made.vetoes)
        if line.figure and line.figure.missing
    )
    named = [words.figure(name) for name in used]
    named += [
        words.figure(n)
        for n in _choosing(scheme)
        if n not in used and table.numbers.get(n) is not None and table.number(n).missing[0]
    ]
    made.missing = named
    return made


def _choosing(scheme: Scheme) -> list[str]:
    """Values on which only choices and counts rest."""
    roots = [c.when for one in scheme.all_criteria() for c in one.choices or ()]
    roots += [part for one in scheme.all_criteria() if one.count for part in one.count.of]
    return list(dict.fromkeys(leaf.value for root in roots for leaf in root.leaves() if leaf.value))


class _Words:
    def __init__(self, known: Gathered, scheme: Scheme, row: int, table: Table, outcome: Outcome) -> None:
        self.known, self.scheme, self.row, self.table, self.outcome = known, scheme, row, table, outcome

    def figure(self, name: str) -> Figure:
        value = self.scheme.values[name]
        code, period = self.known.codes[self.row], period_of(value, self.known.day)
        source, url = "", ""
        match value.kind:
            case "indicator":
                source = period.label
                url = open_url(value.indicator or "", code, period.code, self.known.kind.register)
            case "titles":
                source = _("认定名录")
            case "attribute":
                source = _("名录")
            case "scheme":
                source = _("另一方案")
            case "mark":
                source = _("专家评分")
            case "ask":
                source = _("答复")
        if value.is_text:
            text = str(self.table.texts[name][0])
            return Figure(name, said(value.title), text or "—", "", source, url, None, not text, value.kind)
        found = self.table.number(name)
        missing = bool(found.missing[0])
        return Figure(name, said(value.title), self._text(name, found), value.unit if not missing else "", source, url,
                      None if missing else float(found.low[0]), missing, value.kind)  # fmt: skip

    def _text(self, name: str, found: Interval) -> str:
        value = self.scheme.values[name]
        if found.missing[0]:
            return "—"
        low, high = float(found.low[0]), float(found.high[0])
        if value.kind == "titles":
            return _("持有") if low else _("未持有")
        if value.ask == "yes_no":
            return _("是") if low else _("否")
        if value.ask == "choice":
            return next((said(one.title) for one in value.options if one.is_ == low), number(low))
        low, high = (round(figure, 2) if abs(figure) >= 1 else figure for figure in (low, high))
        return span(low, high)

    def condition(self, one: Condition, path: tuple[str | int, ...], depth: int, spare: bool = False) -> Iterator[Line]:
        state = WORDS[int(self.outcome.holds[path][0])]
        if one.parts:
            name = "all" if one.all else "any" if one.any else "of"
            word = {"all": _("以下各条都要符合"), "any": _("以下各条符合一条即可")}.get(name) or _(
                "以下各条至少符合 %(n)s 条"
            ) % {"n": one.at_least}
            title = said(one.title) if one.title else word
            yield Line(
                depth, title, one.clause, state, None, word if one.title else "", note=one.note, group=True, spare=spare
            )
            for at, part in enumerate(one.parts):
                yield from self.condition(
                    part, (*path, name, at), depth + 1, spare or (name != "all" and state == "yes")
                )
            return
        if one.unknown is not None:
            yield Line(
                depth, said(one.title), one.clause, "open", None, "", gap=one.unknown, note=one.note, spare=spare
            )
            return
        if one.score is not None:
            low, high = self.outcome.points[one.score].low[0], self.outcome.points[one.score].high[0]
            text = span(float(low), float(high))
            shown = Figure(one.score, _("得分"), text, _("分"), _("本方案"), "", float(low), False, "score")
            yield Line(
                depth,
                said(one.title),
                one.clause,
                state,
                shown,
                threshold_of(self.scheme, one),
                note=one.note,
                spare=spare,
            )
            return
        title = said(one.title or self.scheme.values[one.value or ""].title)
        figure, threshold = self.figure(one.value or ""), threshold_of(self.scheme, one)
        yield Line(depth, title, one.clause, state, figure, threshold, note=one.note, spare=spare)

    def criterion(self, one: Criterion, depth: int) -> Iterator[Line]:
        points = self.outcome.points[one.code]
        low, high = float(points.low[0]), float(points.high[0])
        known = one.points is not None
        threshold = rule_of(one)
        figure = self.figure(one.value) if one.value else None
        if one.weight is not None:
            threshold = f"{threshold} · {_('权重')} {one.weight:g}%".strip(" ·")
        yield Line(depth, said(one.title), one.clause, "", figure, threshold, low if known else None,
                   high if known else None, one.points, one.unknown or _gap(one), one.note, bool(one.children))  # fmt: skip
        for part in one.children:
            yield from self.criterion(part, depth + 1)


def threshold_of(scheme: Scheme, one: Condition) -> str:
    """What a single condition asks of its value, in a few words."""
    if one.op in ("in", "starts"):
        codes = one.than if isinstance(one.than, tuple) else ()
        listed = "、".join(codes[:6]) + ("…" if len(codes) > 6 else "")
        return (_("以 %(codes)s 开头") if one.op == "starts" else _("为 %(codes)s 之一")) % {"codes": listed}
    if isinstance(one.than, bool):
        return _("是") if one.than == (one.op == "==") else _("否")
    unit = scheme.values[one.value].unit if one.value else _("分")
    return f"{SIGNS[one.op or '==']} {number(float(one.than or 0))} {said(unit)}".strip()  # type: ignore[arg-type]


def _gap(one: Criterion) -> str:
    """What of a criterion nobody found."""
    if any(band.points is None for band in one.bands or ()):
        return _("部分档次的得分未查到，按 0 至满分计")
    if one.linear is not None and (one.linear.zero is None or one.linear.full is None):
        return _("基准值或引领值未查到，按 0 至满分计")
    return ""


def rule_of(one: Criterion) -> str:
    """How a criterion is scored, in a few words."""
    match one.way:
        case "bands":
            return "；".join(_bands(one, one.bands or ()))
        case "choices":
            parts = [f"{said(c.title)} {_points(c.points)}" for c in one.choices or () if c.title]
            return "；".join(parts) + (f"；{_('其他')} {one.otherwise:g}" if one.otherwise else "")
        case "each" if one.each:
            return _("每满 %(per)s 得 %(points)s 分") % {"per": f"{one.each.per:g}", "points": f"{one.each.points:g}"}
        case "count" if one.count:
            return _("每符合一条得 %(points)s 分") % {"points": f"{one.count.points:g}"}
        case "linear" if one.linear:
            return _("基准值 %(zero)s，引领值 %(full)s，之间按比例") % {
                "zero": _known(one.linear.zero),
                "full": _known(one.linear.full),
            }
        case "power" if one.power:
            return _("功效系数：不允许值 %(bad)s，满意值 %(good)s") % {
                "bad": f"{one.power.bad:g}",
                "good": f"{one.power.good:g}",
            }
        case "ratio" if one.ratio:
            return _("与目标值 %(target)s 之比") % {"target": f"{one.ratio.target:g}"}
        case "peers" if one.peers:
            ways = {
                "minmax": _("同组最小—最大值之间按比例"),
                "rank": _("按同组名次"),
                "quantile": _("按超过同组的百分比"),
            }
            return ways[one.peers.by] + ("：" + "；".join(_bands(one, one.peers.bands)) if one.peers.bands else "")
        case "given":
            return _("按所给的分")
        case "best_of":
            return _("以下各项取最高")
    return ""


def _known(value: float | None) -> str:
    return _("未查到") if value is None else f"{value:g}"


def _points(points: float | tuple[float, float] | None) -> str:
    if isinstance(points, tuple):
        return f"{points[0]:g}—{points[1]:g}"
    return _known(points)


def _bands(one: Criterion, bands: Iterable[object]) -> Iterator[str]:
    for band in bands:
        low, high, points = band.min, band.max, band.points  # type: ignore[attr-defined]
        closed = one.edges == "[)"
        if low is None:
            span = f"{'＜' if closed else '≤'}{high:g}" if high is not None else _("任何值")
        elif high is None:
            span = f"{'≥' if closed else '＞'}{low:g}"
        else:
            span = f"{low:g}—{high:g}"
        yield f"{span} {_known(points)}"
