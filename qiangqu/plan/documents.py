"""Documents under review: a file is compiled and kept with its items; a planner decides on each; what he
accepts becomes the plan.
"""

import difflib
import hashlib
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.units import factor, is_known_unit
from qiangqu.formulas.catalog import from_database
from qiangqu.formulas.models import Indicator
from qiangqu.registry import audit
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.subjects import AREA

from .compile.apart import compile_apart
from .compile.readers import MAX_BYTES
from .models import (
    CompiledItem,
    Decision,
    Effort,
    ItemKind,
    Measure,
    Plan,
    PlanDocument,
    Responsibility,
    Target,
    TargetKind,
    UnitRole,
)
from .models.target import Comparator, PathShape
from .rising import why_falling
from .track import current_plan

MAX_ITEMS = 5000
SAME_NAME = 0.72  # likeness of names from which on a compiled target is proposed for an existing one
TAKEN = (Decision.ACCEPTED, Decision.CORRECTED, Decision.ADDED)


# ---------------------------------------------------------------- coming in


def import_file(path: Path, *, area: Area, user: Any) -> PlanDocument:
    """Compile a file on disk and keep it for review. Raises DocumentError when it cannot be read."""
    from .compile import read_file

    read_file(path)  # names what is wrong with the path itself
    return import_bytes(path.read_bytes(), path.name, area=area, user=user)


def import_bytes(
    data: bytes, name: str, *, area: Area, user: Any, beat: Callable[[], None] = lambda: None
) -> PlanDocument:
    """Compile an uploaded file and keep it for review, all or nothing. The same file in the same area again
    is the stored document.

    What is more than a little text is read in a process of its own, within bounds; ``beat`` is called while
    that lasts.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    stored = PlanDocument.objects.filter(area=area, sha256=sha256).first()
    if stored is not None:
        return stored
    if len(data) > MAX_BYTES:
        raise InputError(_("文件超过 %(size)s MB") % {"size": MAX_BYTES // 1024 // 1024}, where=name)
    text, compiled = compile_apart(data, name, beat)
    standards = [standard | {"standard": True} for standard in compiled.get("standards", [])]
    found = len(compiled["targets"]) + len(compiled["tasks"]) + len(standards)
    if found > MAX_ITEMS:
        raise InputError(
            _("编译出 %(count)s 条，超过 %(most)s 条，请拆分文件") % {"count": found, "most": MAX_ITEMS}, where=name
        )
    about = compiled["document"]
    try:
        plan: Plan | None = current_plan(area)
    except NotFoundError:
        plan = None
    with transaction.atomic():
        document = PlanDocument.objects.create(
            area=area,
            plan=plan,
            file_name=name[:200],
            sha256=sha256,
            title=str(about.get("title") or "")[:300],
            number=str(about.get("number") or "")[:100],
            issuer=str(about.get("issuer") or "")[:200],
            text=text.replace("\x00", " "),
            units=compiled["units"],
            uploaded_by=user,
        )
        rows = [(ItemKind.TASK, task) for task in compiled["tasks"]]
        rows += [(ItemKind.TARGET, target) for target in [*compiled["targets"], *standards]]
        rows.sort(key=lambda row: (row[1]["span"][0], row[0] == ItemKind.TARGET))
        targets = list(plan.targets.select_related("measure")) if plan else []
        measures = {m.no: m for m in plan.measures.all()} if plan else {}
        CompiledItem.objects.bulk_create(
            CompiledItem(
                document=document,
                kind=kind,
                position=position,
                found=data_,
                confidence=float(data_.get("confidence", 1.0)),
                reason=str(data_.get("reason", ""))[:500],
                start=data_["span"][0],
                end=data_["span"][1],
                target=best_match(data_, targets) if kind == ItemKind.TARGET and not data_.get("standard") else None,
                measure=measures.get(data_.get("no", 0)) if kind == ItemKind.TASK else None,
            )
            for position, (kind, data_) in enumerate(rows)
        )
        audit.record(
            user,
            "plan_document_imported",
            object_type="plan.document",
            object_id=document.pk,
            area_path=area.path,
            detail={"file": document.file_name, "sha256": sha256, "items": len(rows)},
        )
    return document


_NOISE = re.compile(r"[\s“”\"'（）()《》、，。]|全区|全省|全市|自治区|达到|占比|比重")


def _bare(name: str) -> str:
    return _NOISE.sub("", name)


def likeness(one: str, other: str) -> float:
    """How alike two names of indicators are, 0–1; one within the other counts as nearly alike.

    >>> likeness("规模以上工业增加值", "规模以上工业增加值"), likeness("风电装机", "实验室") < 0.5
    (1.0, True)
    """
    a, b = _bare(one), _bare(other)
    if not a or not b:
        return 0.0
    if a == b:
        return 1.0
    if len(min(a, b, key=len)) >= 4 and (a in b or b in a):
        return 0.9
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()


def best_match(found: Mapping[str, Any], targets: list[Target]) -> Target | None:
    """The existing target that a compiled one most likely means: like name, same measure before others; None
    when none is like enough.
    """
    name, value, measure = str(found.get("indicator") or ""), found.get("value"), found.get("measure", 0)
    best: tuple[float, Target | None] = (0.0, None)
    for target in targets:
        score = likeness(name, target.name)
        if score < SAME_NAME - 0.25:
            continue
        score += 0.1 * (target.measure_no == measure) + 0.2 * (value is not None and target.value == value)
        if score > best[0]:
            best = (score, target)
    return best[1] if best[0] >= SAME_NAME + 0.1 else None


# ---------------------------------------------------------------- deciding


def clean_target(data: Mapping[str, Any]) -> dict[str, Any]:
    """A target as a planner states it, checked. Raises InputError that names the field."""
    indicator = _text(data.get("indicator"))
    if not 1 <= len(indicator) <= 120:
        raise InputError(_("请写指标名称，不超过 120 字"), where=_("指标"))
    comparator = str(data.get("comparator") or ">=")
    if comparator not in Comparator.values:
        raise InputError(_("应是 %(choices)s 之一") % {"choices": " ".join(Comparator.values)}, where=_("比较"))
    kind, effort = str(data.get("kind") or "level"), str(data.get("effort") or "firm")
    if kind not in TargetKind.values:
        raise InputError(_("没有这种类型"), where=_("类型"))
    if effort not in Effort.values:
        raise InputError(_("应是约定或力争"), where=_("力度"))
    unit = _text(data.get("unit"))
    if len(unit) > 24:
        raise InputError(_("单位过长"), where=_("单位"))
    value = _number(data.get("value"), _("目标值"))
    value_max = _number(data.get("value_max"), _("上限"))
    if value_max is not None and (value is None or value_max <= value):
        raise InputError(_("上限应大于目标值"), where=_("上限"))
    year = _integer(data.get("year"), _("目标年"), 1950, 2150)
    measure = _integer(data.get("measure") or 0, _("举措"), 0, 999)
    return {
        "indicator": indicator,
        "comparator": comparator,
        "value": value,
        "value_max": value_max,
        "unit": unit or None,
        "year": year,
        "kind": kind,
        "effort": effort,
        "measure": measure,
    }


def clean_task(data: Mapping[str, Any]) -> dict[str, Any]:
    """A measure as a planner states it, checked. ``units`` are names; the first leads unless ``lead_units``
    says otherwise.
    """
    title = _text(data.get("title"))
    if not 1 <= len(title) <= 200:
        raise InputError(_("请写举措名称，不超过 200 字"), where=_("名称"))
    names = data.get("units") or []
    if not isinstance(names, list):
        raise InputError(_("应是名称的列表"), where=_("责任单位"))
    units = [_text(name)[:120] for name in names if _text(name)]
    if len(units) > 100:
        raise InputError(_("责任单位过多"), where=_("责任单位"))
    return {
        "no": _integer(data.get("no"), _("序号"), 1, 999),
        "title": title,
        "section": _text(data.get("section"))[:120],
        "units": list(dict.fromkeys(units)),
    }


def _text(value: Any) -> str:
    """A text as it can be stored: PostgreSQL refuses NUL."""
    return str(value or "").replace("\0", "").strip()


def _number(value: Any, field_name: str) -> float | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(_("“%(value)s”不是数字") % {"value": str(value)[:40]}, where=field_name) from None
    if not math.isfinite(number) or abs(number) > 1e15:
        raise InputError(_("数值超出范围"), where=field_name)
    return number


def _integer(value: Any, field_name: str, low: int, high: int) -> int:
    number = _number(value, field_name)
    if number is None or number != int(number) or not low <= number <= high:
        raise InputError(_("应是 %(low)s—%(high)s 的整数") % {"low": low, "high": high}, where=field_name)
    return int(number)


def _clean(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return clean_target(data) if kind == ItemKind.TARGET else clean_task(data)


def in_words(data: Mapping[str, Any]) -> str:
    """What an item says, on one line."""
    return "，".join(str(value) for value in data.values() if value not in (None, "", []))


def standing(item: CompiledItem) -> dict[str, str]:
    """How an item stands, by what people call it: what a form was opened with
    (:mod:`qiangqu.ui.versions`).
    """
    return {
        _("结论"): str(item.get_decision_display()),
        _("内容"): in_words(item.data),
        _("对应目标"): item.target.code if item.target else "",
    }


def decide(item: CompiledItem, decision: str, *, user: Any, corrected: Mapping[str, Any] | None = None) -> CompiledItem:
    """A planner's decision on one item: accepted as found, corrected, rejected, or back to pending.

    Raises ConflictError for an item that is already in the plan, InputError for a correction that is not
    right.
    """
    if decision not in (Decision.ACCEPTED, Decision.CORRECTED, Decision.REJECTED, Decision.PENDING):
        raise InputError(_("没有这种结论"), where=decision[:20])
    with transaction.atomic():
        item = CompiledItem.objects.select_for_update().get(pk=item.pk)
        if item.decision == Decision.ADDED and decision == Decision.ACCEPTED:
            decision = Decision.ADDED
        before = {"decision": item.decision, "data": item.data}
        if decision == Decision.CORRECTED:
            item.corrected = _clean(item.kind, corrected or {})
            if item.decision == Decision.ADDED:
                decision = Decision.ADDED
        elif decision in (Decision.ACCEPTED, Decision.PENDING):
            item.corrected = item.corrected if item.decision == Decision.ADDED else None
        item.decision = decision
        item.decided_by = user
        item.decided_at = timezone.now()
        item.save()
        _record(user, "plan_item_decided", item, before)
    return item


def add_item(
    document: PlanDocument, kind: str, data: Mapping[str, Any], start: int, end: int, *, user: Any
) -> CompiledItem:
    """A target or measure that the compiler missed, with its piece of the text (``start``–``end`` in
    characters).
    """
    if kind not in ItemKind.values:
        raise InputError(_("应是目标或举措"), where=kind[:20])
    if not 0 <= start <= end <= len(document.text):
        raise InputError(_("所选文字不在正文之内"), where=f"{start}—{end}")
    clean = _clean(kind, data)
    with transaction.atomic():
        last = document.items.order_by("-position").values_list("position", flat=True).first()
        if (last or 0) >= 2 * MAX_ITEMS:
            raise InputError(_("条目过多"), where=document.file_name)
        item = CompiledItem.objects.create(
            document=document,
            kind=kind,
            position=0 if last is None else last + 1,
            found={},
            corrected=clean,
            start=start,
            end=end,
            decision=Decision.ADDED,
            decided_by=user,
            decided_at=timezone.now(),
        )
        _record(user, "plan_item_added", item, {})
    return item


def choose_target(item: CompiledItem, target: Target | None, *, user: Any) -> CompiledItem:
    """Which existing target the item means; None makes a new one."""
    if target is not None and (item.document.plan_id is None or target.plan_id != item.document.plan_id):
        raise InputError(_("这个目标不属于文件对应的计划"), where=target.code)
    with transaction.atomic():
        before = {"target": item.target.code if item.target else None}
        item.target = target
        item.save(update_fields=["target"])
        _record(user, "plan_item_matched", item, before)
    return item


def _record(user: Any, action: str, item: CompiledItem, before: dict[str, Any]) -> None:
    after = {"decision": item.decision, "data": item.data, "target": item.target.code if item.target else None}
    audit.record(
        user,
        action,
        object_type="plan.item",
        object_id=item.pk,
        area_path=item.document.area.path,
        detail={"document": item.document_id, "before": before, "after": after},
    )


# ---------------------------------------------------------------- into the plan


@dataclass(slots=True)
class Applied:
    """What applying a document changed; ``left`` are items that could not be taken, each with its reason."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: int = 0
    measures: int = 0
    unknown_units: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def make_plan(document: PlanDocument, base_year: int, start_year: int, target_year: int, *, user: Any) -> Plan:
    """A new plan for a document that belongs to none. Raises InputError for years that are not in order."""
    if not 1950 <= base_year <= start_year <= target_year <= 2150:
        raise InputError(_("基年、起始年、目标年应依次不减"), where=_("年度"))
    with transaction.atomic():
        plan = Plan.objects.create(
            code=f"D{document.pk}-{document.sha256[:8]}",
            name=(document.title or document.file_name)[:120],
            title=document.title[:200],
            document_number=document.number[:80],
            issuer=document.issuer[:120],
            area=document.area,
            base_year=base_year,
            start_year=start_year,
            target_year=target_year,
        )
        document.plan = plan
        document.save(update_fields=["plan"])
        document.items.update(target=None, measure=None)
        audit.record(
            user,
            "plan_created",
            object_type="plan",
            object_id=plan.code,
            area_path=plan.area.path,
            detail={"document": document.pk},
        )
    return plan


def apply(document: PlanDocument, *, user: Any) -> Applied:
    """Take every accepted, corrected and added item into the document's plan: measures first, then targets.
    All or nothing, repeatable.

    An item that cannot become a target (unknown unit, a unit of another dimension than its indicator) is left
    out and named. Raises ConflictError when the document belongs to no plan.
    """
    plan = document.plan
    if plan is None:
        raise ConflictError(_("文件还没有对应的计划，请先建立计划"), where=document.file_name)
    result = Applied()
    with transaction.atomic():
        taken = list(
            document.items.filter(decision__in=TAKEN).select_related("target__measure", "measure", "document__area")
        )
        names = _unit_names()
        for item in (one for one in taken if one.kind == ItemKind.TASK):
            _apply_task(plan, item, names, result)
        measures = {m.no: m for m in plan.measures.all()}
        indicators = list(Indicator.objects.filter(subject=AREA.code))
        for item in (one for one in taken if one.kind == ItemKind.TARGET):
            _apply_target(plan, item, measures, indicators, user, result)
        audit.record(
            user,
            "plan_document_applied",
            object_type="plan.document",
            object_id=document.pk,
            area_path=document.area.path,
            detail={"created": result.created, "changed": result.changed, "measures": result.measures},
        )
    return result


def _unit_names() -> dict[str, Organisation]:
    """Agencies by every name that they are known by."""
    names: dict[str, Organisation] = {}
    for unit in Organisation.objects.exclude(kind="enterprise").order_by("-code"):
        for name in (*unit.aliases.split(";"), unit.short_name, unit.name):
            if name:
                names[name] = unit
    return names


def _apply_task(plan: Plan, item: CompiledItem, names: Mapping[str, Organisation], result: Applied) -> None:
    data = clean_task(item.data)
    measure = Measure.objects.filter(plan=plan, no=data["no"]).first() or Measure(plan=plan, no=data["no"])
    before = (measure.title, measure.section)
    measure.title, measure.section = data["title"], data["section"] or measure.section
    if measure.pk is None or before != (measure.title, measure.section):
        measure.save()
        result.measures += 1
    units = [names[name] for name in data["units"] if name in names]
    result.unknown_units += [name for name in data["units"] if name not in names and name not in result.unknown_units]
    if units and not measure.responsibilities.exists():
        leads = {str(name) for name in item.data.get("lead_units") or []}
        lead_ids = {names[name].pk for name in leads if name in names} or {units[0].pk}
        unique = list({unit.pk: unit for unit in units}.values())
        Responsibility.objects.bulk_create(
            Responsibility(
                measure=measure,
                organisation=unit,
                role=UnitRole.LEAD if unit.pk in lead_ids else UnitRole.SUPPORT,
                position=at,
            )
            for at, unit in enumerate(unique)
        )
    if item.measure_id != measure.pk:
        item.measure = measure
        item.save(update_fields=["measure"])


def _apply_target(
    plan: Plan,
    item: CompiledItem,
    measures: Mapping[int, Measure],
    indicators: list[Indicator],
    user: Any,
    result: Applied,
) -> None:
    data = clean_target(item.data)
    target = item.target
    unit = data["unit"] or ""
    if unit and not is_known_unit(unit):
        result.left.append(_("%(name)s：不认识的单位“%(unit)s”") % {"name": data["indicator"], "unit": unit})
        return
    scale = 1.0
    if target is not None and unit and target.unit and unit != target.unit:
        try:
            scale = factor(unit, target.unit)
        except InputError as error:
            result.left.append(f"{data['indicator']}：{error.message}")
            return
        unit = target.unit
    values = {
        "comparator": data["comparator"],
        "value": None if data["value"] is None else data["value"] * scale,
        "value_max": None if data["value_max"] is None else data["value_max"] * scale,
        "year": data["year"],
        "kind": data["kind"],
        "effort": data["effort"],
        "text": document_piece(item)[:500],
    }
    if target is None:
        target = _new_target(plan, data, unit, measures, indicators, values)
        result.created.append(target.code)
    else:
        # a name in the plan is shorter and better than the text's; its path and binding stay and a text that
        # names no value does not take away one that was entered from the document that assigns it
        kept = {"text"} | ({"value", "value_max"} if values["value"] is None else set())
        changed = {k: (getattr(target, k), v) for k, v in values.items() if getattr(target, k) != v and k not in kept}
        if not changed:
            result.unchanged += 1
            return
        for name, (_old, new) in changed.items():
            setattr(target, name, new)
        target.text = values["text"]
        target.save()
        result.changed.append(target.code)
        audit.record(
            user,
            "target_changed",
            object_type="plan.target",
            object_id=target.pk,
            area_path=plan.area.path,
            detail={"item": item.pk, "changes": {name: list(pair) for name, pair in changed.items()}},
        )
    if item.target_id != target.pk:
        item.target = target
        item.save(update_fields=["target"])


def document_piece(item: CompiledItem) -> str:
    """The item's piece of the source."""
    return item.document.text[item.start : item.end].strip()


def _new_target(
    plan: Plan,
    data: Mapping[str, Any],
    unit: str,
    measures: Mapping[int, Measure],
    indicators: list[Indicator],
    values: Mapping[str, Any],
) -> Target:
    measure = measures.get(data["measure"])
    prefix = f"N-{data['measure']:02d}-"
    taken = set(plan.targets.filter(code__startswith=prefix).values_list("code", flat=True))
    code = next(f"{prefix}{n:02d}" for n in range(1, 10_000) if f"{prefix}{n:02d}" not in taken)
    ranked = sorted(((likeness(data["indicator"], i.name), i) for i in indicators), key=lambda pair: -pair[0])
    bound = ranked[0][1] if ranked and ranked[0][0] >= 0.9 and (not unit or ranked[0][1].unit == unit) else None
    kind = values["kind"]
    falling = why_falling(from_database(), bound.code) if bound and kind == TargetKind.CUMULATIVE else ""
    if falling:
        bound = None
    yearly = kind in (TargetKind.YEARLY, TargetKind.GROWTH)
    from_nothing = kind in (TargetKind.CUMULATIVE, TargetKind.CHANGE)
    target = Target(
        plan=plan,
        code=code,
        measure=measure,
        name=data["indicator"],
        indicator_code=bound.code if bound else "",
        unit=unit or (bound.unit if bound else ""),
        base_year=plan.base_year,
        base=0.0 if from_nothing else None,
        base_reason="" if from_nothing or yearly else _("编译自文件，尚未录入基数"),
        path=PathShape.YEARLY if yearly else PathShape.COMPOUND if kind == TargetKind.LEVEL else PathShape.LINEAR,
        position=9000 + len(taken),
        note=falling[:500],
        **values,
    )
    target.save()
    return target
