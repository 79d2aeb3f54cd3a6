"""A new edition made of an old one in the browser: the figures that may be changed, the scheme they make, whom it would
move, and putting it in force. Nothing of the old edition changes but the day on which it ends; results by it stay.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.terms import said
from qiangqu.base.visibility import covers
from qiangqu.registry import audit
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action

from .evaluate import YES, Outcome, evaluate
from .explain import SIGNS, span
from .gather import all_editions, gathered_for
from .language import Band, Condition, Criterion, Scheme
from .models import Edition
from .pack import checked, closing, save
from .queries import rows_seen, states_of, words
from .reading import Fault, of_data

Path = tuple[str | int, ...]
#: subjects that a preview lists
MOST_MOVED = 100
LONGEST = 120


@dataclass(frozen=True, slots=True)
class Field:
    """A figure of an edition: where it stands in the data, what it is, and its value as people write it. ``must``: it
    may not be left empty."""

    path: Path
    label: str
    value: str
    unit: str = ""
    must: bool = True

    @property
    def name(self) -> str:
        return name_of(self.path)


@dataclass(frozen=True, slots=True)
class Line:
    """A condition or criterion with what of it can be changed; ``drop``: the name of the box that takes it out; ``bands``: the
    path of bands, whose fields stand three in a row (from, to, points), the last row empty for one more."""

    depth: int
    title: str
    path: Path
    fields: tuple[Field, ...] = ()
    bands: tuple[tuple[Field, ...], ...] = ()
    drop: str = ""


def name_of(path: Path) -> str:
    """What the field of a path is called in a form."""
    return "f." + ".".join(str(step) for step in path)


def may_edit(user: Any) -> bool:
    """Whether a user may make editions: they hold for all, so by a post for the whole tree."""
    top = Area.objects.filter(parent=None).first()
    return top is not None and covers(user, top.path, Action.EDIT_SCHEMES)


# ---------------------------------------------------------------- what may be changed


def lines(scheme: Scheme) -> Iterator[tuple[str, list[Line]]]:
    """Sections of an edition with their lines."""
    gates = [
        line for at, gate in enumerate(scheme.gates) for line in _condition(scheme, gate, ("gates", at), 0, drop=True)
    ]
    yield _("门槛"), gates
    if scheme.vetoes:
        yield (
            _("一票否决"),
            [ln for at, one in enumerate(scheme.vetoes) for ln in _condition(scheme, one, ("vetoes", at), 0)],
        )
    if scheme.criteria:
        whole = [
            Line(
                0,
                _("总分"),
                ("max_points",),
                (_field(("max_points",), _("满分"), scheme.max_points, _("分"), must=False),),
            )
        ]
        parts = [
            line for at, one in enumerate(scheme.criteria) for line in _criterion(scheme, one, ("criteria", at), 0)
        ]
        yield _("评分项"), whole + parts
    if scheme.passes:
        yield _("达标条件"), list(_condition(scheme, scheme.passes, ("pass",), 0))
    if scheme.levels:
        yield (
            _("等级"),
            [
                line
                for at, level in enumerate(scheme.levels)
                for line in (
                    Line(0, said(level.title), ("levels", at)),
                    *_condition(scheme, level.when, ("levels", at, "when"), 1),
                )
            ],
        )


def _field(path: Path, label: str, value: float | None, unit: str = "", must: bool = True) -> Field:
    return Field(path, label, "" if value is None else f"{value:.10g}", unit, must)


def _condition(scheme: Scheme, one: Condition, path: Path, depth: int, drop: bool = False) -> Iterator[Line]:
    value = scheme.values.get(one.value or "")
    title = said(one.title or (value.title if value else "")) or (_("得分") if one.score else _("条件"))
    fields: tuple[Field, ...] = ()
    if one.at_least is not None:
        fields = (_field((*path, "at_least"), _("至少几条"), one.at_least),)
    elif isinstance(one.than, float) and one.op in SIGNS:
        unit = value.unit if value else _("分")
        fields = (_field((*path, "than"), SIGNS[one.op], one.than, said(unit)),)
    yield Line(depth, title, path, fields, drop=f"drop.{path[1]}" if drop else "")
    name = "all" if one.all else "any" if one.any else "of"
    for at, part in enumerate(one.parts):
        yield from _condition(scheme, part, (*path, name, at), depth + 1)


def _criterion(scheme: Scheme, one: Criterion, path: Path, depth: int) -> Iterator[Line]:
    fields = []
    if one.points is not None:
        fields.append(_field((*path, "points"), _("满分"), one.points, _("分")))
    if one.weight is not None:
        fields.append(_field((*path, "weight"), _("权重"), one.weight, "%"))
    for name, word, part in (
        ("linear", {"zero": _("基准值"), "full": _("引领值")}, one.linear),
        (
            "power",
            {"bad": _("不允许值"), "good": _("满意值"), "base": _("不允许值得分比例"), "exponent": _("指数")},
            one.power,
        ),
        ("ratio", {"target": _("目标值"), "most": _("最多倍数")}, one.ratio),
        ("each", {"per": _("每满"), "points": _("得分")}, one.each),
        ("count", {"points": _("每条得分")}, one.count),
    ):
        if part is not None:
            found = {key: getattr(part, key) for key in word}
            fields += [
                _field((*path, name, key), word[key], value, must=name != "linear") for key, value in found.items()
            ]
    bands: tuple[tuple[Field, ...], ...] = ()
    if one.bands is not None:
        bands = tuple(_bands(one.bands, (*path, "bands")))
    elif one.peers is not None and one.peers.bands:
        bands = tuple(_bands(one.peers.bands, (*path, "peers", "bands")))
    yield Line(depth, said(one.title), path, tuple(fields), bands)
    for at, choice in enumerate(one.choices or ()):
        place = (*path, "choices", at)
        points = (
            (_field((*place, "points"), _("得分"), choice.points, _("分")),) if isinstance(choice.points, float) else ()
        )
        yield Line(depth + 1, said(choice.title) or _("选项"), place, points)
        yield from _condition(scheme, choice.when, (*place, "when"), depth + 2)
    for at, condition in enumerate(one.count.of if one.count else ()):
        yield from _condition(scheme, condition, (*path, "count", "of", at), depth + 1)
    for name in ("parts", "best_of"):
        for at, child in enumerate(getattr(one, name) or ()):
            yield from _criterion(scheme, child, (*path, name, at), depth + 1)


def _bands(bands: Sequence[Band], path: Path) -> Iterator[tuple[Field, ...]]:
    for at, band in enumerate((*bands, Band())):
        place = (*path, at)
        yield (
            _field((*place, "min"), _("从"), band.min, must=False),
            _field((*place, "max"), _("到"), band.max, must=False),
            _field((*place, "points"), _("得分"), band.points, _("分"), must=False),
        )


# ---------------------------------------------------------------- what was sent


@dataclass
class Draft:
    """What a form makes of an old edition: the scheme if it is one, and what is wrong, by names of fields."""

    old: Scheme
    scheme: Scheme | None = None
    wrong: dict[str, str] = field(default_factory=dict)

    def say(self, path: Path, message: str) -> None:
        """A fault at the field of a path, or of what stands nearest above it."""
        self.wrong.setdefault(name_of(path), message)


#: words of an edition: name in the form, where they stand
WORDS: Mapping[str, Path] = {
    "edition": ("edition",),
    "effective": ("document", "effective"),
    "document": ("document", "title"),
    "number": ("document", "number"),
}


def drafted(old: Scheme, sent: Mapping[str, str]) -> Draft:
    """The edition that a form asks for, checked as files are when they are loaded: by itself, and beside all others with
    the old one ended on the day before."""
    made = Draft(old)
    data = old.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    for _title, several in list(lines(old)):
        for line in several:
            for one in line.fields:
                _put(data, one, sent.get(one.name), made)
            if line.bands:
                _put_bands(data, line.bands, sent, made)
    day = _day(sent.get("effective", ""), made)
    words_sent = {name: " ".join(sent.get(name, "").split())[:LONGEST] for name in WORDS}
    for name in ("edition", "document"):
        if not words_sent[name]:
            made.say((name,), _("请填写"))
    data["edition"] = words_sent["edition"][:20]
    data["document"] = {
        "title": words_sent["document"] or old.document.title,
        "number": words_sent["number"] or None,
        "effective": day.isoformat() if day else None,
        "source": old.document.source,
        "note": old.document.note,
    }
    dropped = {at for at in range(len(old.gates)) if sent.get(f"drop.{at}") == "1"}
    kept = [at for at in range(len(old.gates)) if at not in dropped]
    gates = data.get("gates", [])
    data["gates"] = [gates[at] for at in kept]
    _new_gate(data, old, sent, made)
    if made.wrong:
        return made
    scheme, faults = of_data(data)
    if scheme is not None and not faults:
        faults = _beside(old, scheme)
    for fault in faults:
        made.say(_told_at(fault, kept), fault.message)
    made.scheme = scheme if not made.wrong else None
    return made


def _told_at(fault: Fault, kept: Sequence[int]) -> Path:
    """Where a fault of the new data stands in the form, which shows the old gates."""
    path = fault.path
    if path[:1] == ("gates",) and len(path) > 1 and isinstance(path[1], int):
        return ("gates", kept[path[1]], *path[2:]) if path[1] < len(kept) else ("new_gate",)
    return path


def _beside(old: Scheme, new: Scheme) -> list[Fault]:
    others = all_editions()
    if any((one.code, one.edition) == (new.code, new.edition) for one in others):
        return [Fault(("edition",), _("已有这个版本，请另写一个版本名"))]
    later = [
        one
        for one in others
        if one.code == new.code and (one.document.since or dt.date.min) >= (new.document.since or dt.date.max)
    ]
    if later:
        return [
            Fault(
                ("effective",),
                _("从 %(day)s 起已有版本 %(edition)s，新版本应晚于它")
                % {"day": later[0].document.since, "edition": later[0].edition},
            )
        ]
    return checked(new, [closing(one, new) for one in others])


def _number(text: str | None) -> float | None:
    try:
        value = float((text or "").replace(",", "").strip())
    except ValueError:
        return None
    return value if np.isfinite(value) and abs(value) < 1e15 else None


def _put(data: Any, one: Field, text: str | None, made: Draft) -> None:
    """Write a figure where it stands; what the form did not send stays."""
    if text is None:
        return
    value = _number(text)
    if value is None and (text.strip() or one.must):
        made.say(
            one.path,
            _("应为数字，不能是“%(given)s”") % {"given": text.strip()[:20]} if text.strip() else _("请填写数字"),
        )
        return
    node = data
    for step in one.path[:-1]:
        node = node.setdefault(step, {}) if isinstance(node, dict) else node[step]
    whole = one.path[-1] == "at_least" and value is not None and value.is_integer()
    node[one.path[-1]] = int(value) if whole and value is not None else value


def _put_bands(data: Any, rows: Sequence[Sequence[Field]], sent: Mapping[str, str], made: Draft) -> None:
    if rows[0][0].name not in sent:
        return
    bands = []
    for row in rows:
        texts = [sent.get(one.name, "").strip() for one in row]
        if not any(texts):
            continue
        band: dict[str, float | None] = {}
        for one, text in zip(row, texts, strict=True):
            band[str(one.path[-1])] = value = _number(text)
            if text and value is None:
                made.say(one.path, _("应为数字，不能是“%(given)s”") % {"given": text[:20]})
        bands.append(band)
    path = rows[0][0].path[:-2]
    # bands from the lowest on, as files have them
    _at(data, path[:-1])[path[-1]] = sorted(bands, key=lambda band: (band["min"] is not None, band["min"] or 0.0))


def _at(data: Any, path: Path) -> Any:
    """What stands at a path of the data."""
    for step in path:
        data = data[step]
    return data


def _day(text: str, made: Draft) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        made.say(("effective",), _("请填写施行日期，如 2027-01-01"))
        return None


def _new_gate(data: Any, old: Scheme, sent: Mapping[str, str], made: Draft) -> None:
    """One more gate, if the form asks for one."""
    name, than = sent.get("gate_value", ""), sent.get("gate_than", "").strip()
    if not name and not than:
        return
    value, figure, sign = old.values.get(name), _number(than), sent.get("gate_op", ">=")
    if value is None or value.is_text:
        made.say(("new_gate",), _("请选择用哪个数值"))
        return
    if figure is None or sign not in (">=", ">", "<=", "<", "=="):
        made.say(("new_gate",), _("请填写标准，应为数字"))
        return
    title = (
        " ".join(sent.get("gate_title", "").split())[:LONGEST]
        or f"{value.title} {SIGNS[sign]} {than} {value.unit}".strip()
    )
    data["gates"].append({"title": title, "value": name, "op": sign, "than": figure})


# ---------------------------------------------------------------- whom it would move


@dataclass(frozen=True, slots=True)
class Moved:
    """A subject whose result the new edition changes. ``gains``: it qualifies only by the new one; ``loses``: only by the old."""

    code: str
    name: str
    before: str
    after: str
    score_before: str
    score_after: str
    gains: bool
    loses: bool


@dataclass(frozen=True)
class Preview:
    """Whom an edition would move among those that the user sees: of each state how many before and after, and the list."""

    counts: list[tuple[str, str, int, int]]
    gains: int
    loses: int
    changed: int
    moved: list[Moved]
    subjects: int
    simulated: bool


def preview(old: Scheme, new: Scheme, day: dt.date, user: Any) -> Preview:
    """What would change if the new edition held on a day, by the figures of that day."""
    known = gathered_for(old, day)
    rows = rows_seen(known, user)
    before, after = evaluate(old, known.table(old)), evaluate(new, known.table(new))
    rows = rows & (before.concerned | after.concerned)
    was, will = states_of(old, before), states_of(new, after)
    gains = rows & (before.state != YES) & (after.state == YES)
    loses = rows & (before.state == YES) & (after.state != YES)
    scored = (np.abs(_finite(before.score.low) - _finite(after.score.low)) > 1e-9) & bool(new.criteria)
    changed = rows & ((was != will) | scored | (before.level_low != after.level_low))
    order = sorted(np.flatnonzero(changed).tolist(), key=lambda at: (not loses[at], not gains[at], known.codes[at]))
    named = words()
    moved = [
        Moved(
            known.codes[at], said(known.names[at]), _said(old, before, was, at), _said(new, after, will, at),
            _score(old, before, at), _score(new, after, at), bool(gains[at]), bool(loses[at]),
        )
        for at in order[:MOST_MOVED]
    ]  # fmt: skip
    counts = [
        (key, word, int((rows & (was == key)).sum()), int((rows & (will == key)).sum())) for key, word in named.items()
    ]
    return Preview(
        [one for one in counts if one[2] or one[3]], int(gains.sum()), int(loses.sum()), int(changed.sum()), moved,
        int(rows.sum()), bool((known.simulated(old) & rows).any()),
    )  # fmt: skip


def _finite(values: Any) -> Any:
    return np.where(np.isfinite(values), values, 0.0)


def _said(scheme: Scheme, made: Outcome, states: Any, at: int) -> str:
    level = int(made.level_low[at])
    title = said(scheme.levels[len(scheme.levels) - level].title) if level else ""
    return " · ".join(part for part in (words()[str(states[at])], title) if part)


def _score(scheme: Scheme, made: Outcome, at: int) -> str:
    return span(float(made.score.low[at]), float(made.score.high[at])) if scheme.criteria else ""


# ---------------------------------------------------------------- in force


def put_in_force(user: Any, old: Scheme, new: Scheme, reason: str) -> None:
    """Keep the new edition; the one before it ends on the day before. Raises InputError for no reason, ConflictError where
    another edition has come in between."""
    reason = " ".join(reason.split())[:500]
    if len(reason) < 2:
        raise InputError(_("请写明修改的理由"), where=_("理由"))
    with transaction.atomic():
        rows = list(Edition.objects.select_for_update().filter(code=new.code))
        if faults := _beside(old, new):
            raise ConflictError(faults[0].message, where=f"{new.code} {new.edition}")
        for row in rows:
            ended = closing(row.scheme, new)
            if ended.document.expires != row.until:
                save(ended, row.order)
        save(new, max((row.order for row in rows), default=0))
        Edition.objects.filter(code=new.code, edition=new.edition).update(by=user, reason=reason)
        audit.record(
            user, "scheme_edition_made", object_type="edition", object_id=Edition.objects.get(code=new.code, edition=new.edition).pk,
            detail={"scheme": new.code, "edition": new.edition, "of": old.edition, "from": str(new.document.since), "reason": reason,
                    "changed": changes(old, new)},
        )  # fmt: skip


def changes(old: Scheme, new: Scheme) -> dict[str, list[str]]:
    """What figures differ between two editions, by their path: before and after."""

    def figures(scheme: Scheme) -> dict[str, str]:
        found = {one.name: one.value for _t, several in lines(scheme) for line in several for one in line.fields}
        return found | {
            one.name: one.value
            for _t, several in lines(scheme)
            for line in several
            for row in line.bands
            for one in row
        }

    before, after = figures(old), figures(new)
    return {
        name.removeprefix("f."): [before.get(name, ""), after.get(name, "")]
        for name in sorted({*before, *after}) if before.get(name, "") != after.get(name, "")
    }  # fmt: skip
