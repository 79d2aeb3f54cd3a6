"""What the plan takes from a pack: pack.yaml (the plan itself), tasks.yaml (measures and units), targets.yaml
(targets bound to indicators).
"""

import math
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import override

from qiangqu.base.errors import InputError
from qiangqu.base.packs import Finding, Pack, Report
from qiangqu.base.units import is_known_unit, same_dimension
from qiangqu.formulas.catalog import Catalog
from qiangqu.formulas.pack import catalog_of
from qiangqu.registry import audit
from qiangqu.registry.models import Area, Organisation
from qiangqu.registry.subjects import AREA

from .judge import check_spec
from .models import AssessmentRule, Measure, Milestone, Plan, Responsibility, Target, TargetKind, UnitRole
from .rising import why_falling
from .track import spec_of

NOT_OF_AREAS = "这个指标取值到企业、项目等对象，不能作为区域目标的指标"
PLAN, TARGETS, TASKS, INDICATORS, UNITS = "pack.yaml", "targets.yaml", "tasks.yaml", "indicators.yaml", "units.csv"
COPIED = (
    "name", "comparator", "value", "value_max", "unit", "year", "kind", "effort", "base_year", "base", "base_source", "base_reason",
    "path", "note",
)  # fmt: skip
TEXTS = frozenset({"base_source", "base_reason", "note", "unit"})
SUPERVISION, COUNTED = "supervision.yaml", ("base", "on_time", "late", "returned", "red", "judge_late")
RULES = ("at_risk_gap", "chance_good", "chance_poor", "report_months")


def _entries(pack: Pack, name: str) -> list[dict[str, Any]]:
    if not pack.has(name):
        return []
    data = pack.yaml(name) or []
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        raise InputError("应是一个列表，每项是“名: 值”的组合", where=name)
    return data


def _plan(pack: Pack) -> Plan:
    info = pack.info
    rules = info.get("status_rules") or {}
    released = str(info.get("release_date") or info.get("release_year") or "")
    return Plan(
        code=str(info.get("code", "")),
        name=str(info.get("name", "")),
        title=str(info.get("title") or ""),
        document_number=str(info.get("document_number") or ""),
        issuer=str(info.get("issuer") or ""),
        released_on=released,
        source_url=str(info.get("source_url") or ""),
        base_year=info.get("base_year", 0),
        start_year=info.get("start_year", 0),
        target_year=info.get("target_year", 0),
        **{name: rules[name] for name in RULES if name in rules},
    )


def _target_values(entry: dict[str, Any]) -> dict[str, Any]:
    """The fields of a target as the file gives them."""
    values: dict[str, Any] = {
        name: ("" if entry.get(name) is None else str(entry[name])) if name in TEXTS else entry.get(name)
        for name in COPIED
    }
    values["name"] = str(entry.get("name") or "")
    for name in ("value", "value_max", "base"):
        values[name] = None if values[name] is None else float(values[name])
    assigned = entry.get("assigned") or {}
    parts = [str(assigned[key]) for key in ("document", "number") if assigned.get(key)]
    return values | {
        "indicator_code": str(entry.get("indicator") or ""),
        "effort": entry.get("effort") or "firm",
        "path": entry.get("path") or "linear",
        "comparator": entry.get("comparator") or ">=",
        "assigned_document": " ".join(parts),
    }


def _milestones(entry: dict[str, Any]) -> dict[int, float]:
    return {int(year): float(value) for year, value in (entry.get("milestones") or {}).items()}


# ---------------------------------------------------------------- checking


class _Checker:
    """Collects findings of one file."""

    def __init__(self, file: str, findings: list[Finding]) -> None:
        self.file, self.findings = file, findings

    def error(self, where: str, message: str) -> None:
        self.findings.append(Finding("error", self.file, where, message))

    def warn(self, where: str, message: str) -> None:
        self.findings.append(Finding("warning", self.file, where, message))

    def model(self, where: str, record: Any, exclude: Iterable[str] = ()) -> bool:
        """Field errors by the model's own validators; whether there were none."""
        try:
            with override("zh-hans"):
                record.full_clean(exclude=set(exclude), validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                self.error(f"{where} {name}", "；".join(messages))
            return False
        return True


def _check_plan(pack: Pack, findings: list[Finding]) -> Plan | None:
    checker = _Checker(PLAN, findings)
    try:
        plan = _plan(pack)
    except (TypeError, ValueError) as error:
        checker.error("", f"有一项的写法不对：{error}")
        return None
    good = checker.model("", plan, exclude=("area",))
    if good and not plan.base_year <= plan.start_year <= plan.target_year:
        checker.error("", "base_year、start_year、target_year 应依次不减")
        good = False
    for name, words in (("document_number", "文号"), ("title", "文件标题"), ("issuer", "发文机关")):
        if not getattr(plan, name):
            checker.warn(name, f"没有{words}")
    if not pack.info.get("release_date"):
        checker.warn("release_date", "没有成文日期")
    return plan if good else None


def _check_units(checker: _Checker, where: str, codes: Any, known: set[str]) -> None:
    if not isinstance(codes, list):
        checker.error(where, "责任单位应是代码的列表")
        return
    for code in codes:
        if str(code) not in known:
            checker.error(where, f"责任单位 {code} 不在 {UNITS} 中")
    if len(set(map(str, codes))) != len(codes):
        checker.error(where, "责任单位重复")


def _check_tasks(pack: Pack, findings: list[Finding], known_units: set[str]) -> set[int]:
    checker = _Checker(TASKS, findings)
    if not pack.has(TASKS):
        checker.warn("", "没有举措表")
    seen: set[int] = set()
    for at, entry in enumerate(_entries(pack, TASKS), start=1):
        no = entry.get("no")
        where = f"第{at}项 no={no}"
        if not isinstance(no, int) or not 1 <= no <= 999 or no in seen:
            checker.error(where, "no 应是不重复的 1—999 的整数（YAML 里键名要写成 'no'）")
            continue
        seen.add(no)
        if not entry.get("title"):
            checker.error(where, "没有 title")
        _check_units(checker, f"{where} lead", entry.get("lead") or [], known_units)
        _check_units(checker, f"{where} support", entry.get("support") or [], known_units)
        if set(entry.get("lead") or []) & set(entry.get("support") or []):
            checker.error(where, "同一单位既是牵头又是配合")
        if not entry.get("lead"):
            checker.warn(where, "没有牵头单位")
    return seen


def _check_targets(
    pack: Pack, findings: list[Finding], plan: Plan | None, known_units: set[str], tasks: set[int]
) -> None:
    checker = _Checker(TARGETS, findings)
    entries = _entries(pack, TARGETS)
    if not entries:
        checker.warn("", "没有量化目标")
    indicators = {str(entry.get("code")): entry for entry in _entries(pack, INDICATORS)}
    catalog = catalog_of(pack)
    seen: set[str] = set()
    for at, entry in enumerate(entries, start=1):
        code = str(entry.get("code") or "")
        where = f"第{at}项 {code}"
        if not code or code in seen:
            checker.error(where, "code 为空或重复")
        seen.add(code)
        try:
            target = Target(plan=plan, code=code, **_target_values(entry))
            milestones = _milestones(entry)
        except (TypeError, ValueError, AttributeError) as error:
            checker.error(where, f"有一项的写法不对：{error}")
            continue
        measure = entry.get("measure", 0)
        if measure and measure not in tasks:
            checker.error(f"{where} measure", f"举措 {measure} 不在 {TASKS} 中")
        if any(v is not None and not math.isfinite(v) for v in (target.value, target.value_max, target.base)):
            checker.error(where, "数值不是有限的数")
        elif checker.model(where, target, exclude=("plan", "measure")) and plan is not None:
            _check_path(checker, where, target, milestones)
        _check_binding(checker, where, target, indicators, catalog)
        _check_sources(checker, where, entry, target)
        _check_units(checker, f"{where} units", entry.get("units") or [], known_units)
        if not entry.get("units"):
            checker.warn(where, "没有责任单位")


def _check_path(checker: _Checker, where: str, target: Target, milestones: dict[int, float]) -> None:
    spec = spec_of(target, None, 1, milestones=milestones)
    try:
        check_spec(spec)
    except InputError as error:
        checker.error(f"{where} {error.where}", error.message)
        return
    if spec.logic == "path" and spec.keep and spec.base is not None and spec.reached_by(spec.base):
        checker.warn(where, f"基数 {spec.base:g} 已达到目标 {spec.value:g}，请核对；要求路径按始终保持目标值计算")


def _check_binding(
    checker: _Checker, where: str, target: Target, indicators: dict[str, dict[str, Any]], catalog: Catalog
) -> None:
    """The target is bound to an indicator that exists and measures the same thing; a cumulative one to a
    formula that cannot fall.
    """
    if not target.indicator_code:
        checker.warn(where, "没有绑定指标，状态将是无数据")
        return
    indicator = indicators.get(target.indicator_code)
    if indicator is None:
        checker.error(f"{where} indicator", f"指标 {target.indicator_code} 不在 {INDICATORS} 中")
        return
    if str(indicator.get("subject") or AREA.code) != AREA.code:
        checker.error(f"{where} indicator", f"指标 {target.indicator_code}：{NOT_OF_AREAS}")
        return
    unit = str(indicator.get("unit") or "")
    if is_known_unit(unit) and is_known_unit(target.unit) and unit != target.unit:
        if not same_dimension(unit, target.unit):
            checker.error(f"{where} unit", f"目标单位“{target.unit}”与指标单位“{unit}”不是同一类量")
        else:
            checker.error(f"{where} unit", f"目标单位“{target.unit}”与指标单位“{unit}”不同，请改为指标的单位")
    if target.kind == TargetKind.CUMULATIVE and target.indicator_code in catalog.indicators:
        falling = why_falling(catalog, target.indicator_code)
        if falling:
            checker.error(f"{where} indicator", falling)
    direction = str(indicator.get("direction") or "up")
    if direction != ("up" if target.comparator in (">=", ">", "=") else "down"):
        checker.warn(f"{where} comparator", f"目标用“{target.comparator}”，指标的方向却是 {direction}")


def _check_sources(checker: _Checker, where: str, entry: dict[str, Any], target: Target) -> None:
    if target.value is None and not target.assigned_document:
        checker.warn(where, "目标值尚未下达或没有数值，状态将是无数据")
    if target.path == "yearly" or target.kind in ("yearly", "growth", "annual_growth"):
        return
    if target.base is None and not target.base_reason:
        checker.warn(where, "没有基数，也没有说明原因")
    elif target.base is None and target.value is not None:
        checker.warn(where, f"缺基数：{target.base_reason}")
    elif target.base and not target.base_source:
        checker.warn(where, "基数没有来源")


def check(pack: Pack) -> list[Finding]:
    """What is missing or wrong in the plan's files of ``pack``; the database is not touched."""
    findings: list[Finding] = []
    known_units = {row["code"] for row in pack.rows(UNITS, ("code",))} if pack.has(UNITS) else set()
    plan = _check_plan(pack, findings)
    tasks = _check_tasks(pack, findings, known_units)
    _check_targets(pack, findings, plan, known_units, tasks)
    _check_assessment(pack, findings)
    return findings


# ---------------------------------------------------------------- loading


def _check_assessment(pack: Pack, findings: list[Finding]) -> None:
    seen: set[Any] = set()
    for at, entry in enumerate(_entries(pack, SUPERVISION), start=1):
        code, points = entry.get("code"), entry.get("points")
        if code not in COUNTED or code in seen:
            findings.append(Finding("error", SUPERVISION, str(at), f"code 只能是 {'、'.join(COUNTED)}，且不重复"))
        if isinstance(points, bool) or not isinstance(points, int | float) or not abs(points) <= 1000:
            findings.append(Finding("error", SUPERVISION, str(at), "points 应是 −1000 到 1000 的数"))
        seen.add(code)


def _load_assessment(plan: Plan, entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        values = {"name": str(entry.get("name") or entry["code"])[:60], "points": float(entry["points"])}
        AssessmentRule.objects.update_or_create(plan=plan, code=entry["code"], defaults=values)
    AssessmentRule.objects.filter(plan=plan).exclude(code__in=[entry["code"] for entry in entries]).delete()


def _update(record: Any, values: dict[str, Any]) -> bool:
    """Set what differs and save if anything did."""
    changed = [name for name, value in values.items() if getattr(record, name) != value]
    for name in changed:
        setattr(record, name, values[name])
    if changed or record.pk is None:
        record.save()
        return True
    return False


def _set_units(owner: dict[str, Any], wanted: list[tuple[str, str]], units: dict[str, Organisation]) -> bool:
    """Responsibilities of a measure or target, in order: (unit code, role)."""
    stored = list(
        Responsibility.objects.filter(**owner).values_list("organisation__code", "role").order_by("position", "id")
    )
    if stored == wanted:
        return False
    Responsibility.objects.filter(**owner).delete()
    Responsibility.objects.bulk_create(
        Responsibility(**owner, organisation=units[code], role=role, position=at)
        for at, (code, role) in enumerate(wanted)
    )
    return True


def _roles(lead: Iterable[Any], support: Iterable[Any]) -> list[tuple[str, str]]:
    return [(str(code), UnitRole.LEAD.value) for code in lead] + [
        (str(code), UnitRole.SUPPORT.value) for code in support
    ]


def _load_target(plan: Plan, entry: dict[str, Any], position: int, measures: dict[int, Measure]) -> tuple[Target, bool]:
    """Store one target. What the pack said before and a planner has changed since stays as the planner left
    it.
    """
    code = str(entry["code"])
    measure = measures[entry["measure"]] if entry.get("measure") else None
    said = _target_values(entry) | {"measure": measure, "position": position}
    kept = said | {"measure": entry.get("measure") or 0}  # as JSON
    target = Target.objects.select_related("measure").filter(plan=plan, code=code).first()
    if target is None:
        target = Target(plan=plan, code=code, pack_values=kept, **said)
        target.save()
        changed = True
    else:
        before = target.pack_values
        news = {name: value for name, value in said.items() if name not in before or before[name] != kept[name]}
        changed = bool(news) and _update(target, news | {"pack_values": kept})
    milestones = _milestones(entry)
    stored = dict(target.milestones.values_list("year", "value"))
    if milestones and stored != milestones:
        target.milestones.all().delete()
        Milestone.objects.bulk_create(Milestone(target=target, year=y, value=v) for y, v in milestones.items())
        changed = True
    return target, changed


def load(pack: Pack, report: Report) -> None:
    """Write the plan of a checked pack, in the caller's transaction. A second load of the same pack changes
    nothing.
    """
    fresh = _plan(pack)
    area = Area.objects.get(code=str(pack.info["region"]))
    plan = Plan.objects.filter(code=fresh.code).first() or Plan(code=fresh.code, area=area)
    named = [f.name for f in Plan._meta.concrete_fields if f.name not in ("id", "code", "area", *RULES)]
    named += [name for name in RULES if name in (pack.info.get("status_rules") or {})]
    written = int(_update(plan, {name: getattr(fresh, name) for name in named} | {"area": area}))

    tasks, targets = _entries(pack, TASKS), _entries(pack, TARGETS)
    codes = {str(c) for t in tasks for c in [*(t.get("lead") or []), *(t.get("support") or [])]}
    codes |= {str(c) for t in targets for c in t.get("units") or []}
    units = {unit.code: unit for unit in Organisation.objects.filter(code__in=codes)}
    missing = sorted(codes - units.keys())
    if missing:
        raise InputError(f"责任单位 {'、'.join(missing[:5])} 不在名录中，请先载入 {UNITS}", where=TASKS)
    measures: dict[int, Measure] = {}
    for entry in tasks:
        measure = Measure.objects.filter(plan=plan, no=entry["no"]).first() or Measure(plan=plan, no=entry["no"])
        written += _update(measure, {"title": str(entry["title"]), "section": str(entry.get("section") or "")})
        written += _set_units({"measure": measure}, _roles(entry.get("lead") or [], entry.get("support") or []), units)
        measures[measure.no] = measure
    report(f"举措 {len(tasks)} 条")
    for position, entry in enumerate(targets, start=1):
        target, changed = _load_target(plan, entry, position, measures)
        named_units = entry.get("units") or []
        written += changed
        written += _set_units({"target": target}, _roles(named_units[:1], named_units[1:]), units)
    report(f"量化目标 {len(targets)} 项")
    _load_assessment(plan, _entries(pack, SUPERVISION))
    if written:
        audit.record(
            None,
            "pack_loaded",
            object_type="plan",
            object_id=plan.code,
            area_path=area.path,
            detail={"part": "plan", "records": written},
        )
