"""What formulas take from a pack: ``indicators.yaml``, a list of ``code, name, unit, decimals, direction,
subject, formula, description, source``.

``subject`` is the code of a declared register for whose records the indicator has values; without it, it has
values for areas. With ``periods: year`` values of records are computed for whole years only.
"""

from collections.abc import Iterable
from typing import Any

from qiangqu.base.errors import InputError
from qiangqu.base.packs import Finding, Pack, Report
from qiangqu.registry import audit
from qiangqu.registry.subjects import AREA

from .catalog import Catalog, ElementInfo, IndicatorInfo
from .check import check_all
from .models import Direction, Indicator
from .records import described

FILE = "indicators.yaml"
_TEXTS = ("code", "name", "unit", "formula")


def _entries(pack: Pack, name: str) -> list[dict[str, Any]]:
    if not pack.has(name):
        return []
    data = pack.yaml(name) or []
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        raise InputError("应是一个列表，每项是“名: 值”的组合", where=name)
    return data


def _names(entries: Iterable[dict[str, Any]]) -> dict[str, str]:
    return {str(entry["code"]): str(entry.get("name", "")) for entry in entries if entry.get("code")}


def catalog_of(pack: Pack) -> Catalog:
    """The catalogue that the pack itself brings. Raises InputError for a file that cannot be read at all."""
    elements = [entry for entry in _entries(pack, "elements.yaml") if entry.get("code") and entry.get("unit")]
    growth: dict[str, str] = {}
    for entry in sorted(elements, key=lambda e: str(e["code"])):
        if entry.get("growth_of") and entry.get("kind") == "rate":
            growth.setdefault(str(entry["growth_of"]), str(entry["code"]))
    industries = {}
    if pack.has("industries.csv"):
        industries = {
            row["code"]: (row["name"], row["parent"]) for row in pack.rows("industries.csv", ("code", "name", "parent"))
        }
    return Catalog(
        elements={
            str(e["code"]): ElementInfo(
                number,
                str(e["code"]),
                str(e.get("name", "")),
                str(e["unit"]),
                str(e.get("kind", "")),
                str(e.get("aggregation", "")),
                growth.get(str(e["code"]), ""),
            )
            for number, e in enumerate(elements, 1)
        },
        indicators={
            str(e["code"]): IndicatorInfo(
                str(e["code"]), str(e["name"]), str(e["unit"]), str(e["formula"]), str(e.get("subject") or AREA.code)
            )
            for e in _entries(pack, FILE)
            if all(e.get(name) for name in _TEXTS)
        },
        recognitions=_names(_entries(pack, "recognitions.yaml")),
        projects=_names(_entries(pack, "project_kinds.yaml")),
        industries=industries,
        subjects=described(with_lists=False),
    )


def check(pack: Pack) -> list[Finding]:
    """Faults of the pack's indicators: missing fields, codes twice, formulas that cannot be computed."""
    if not pack.has(FILE):
        return [Finding("warning", FILE, "", "没有指标文件，目标将无法取值")]
    findings, seen = [], set()
    for number, entry in enumerate(_entries(pack, FILE), 1):
        code = str(entry.get("code") or f"第 {number} 项")
        missing = [name for name in _TEXTS if not entry.get(name)]
        if missing:
            findings.append(Finding("error", FILE, code, f"缺少 {'、'.join(missing)}"))
        if code in seen:
            findings.append(Finding("error", FILE, code, "代码重复"))
        seen.add(code)
        if entry.get("direction", "up") not in Direction.values:
            findings.append(Finding("error", FILE, code, f"direction 只能是 {'、'.join(Direction.values)}"))
        if entry.get("periods", "") not in ("", "year"):
            findings.append(Finding("error", FILE, code, "periods 只能是 year（只算年度）或不写"))
        decimals = entry.get("decimals", 1)
        if not isinstance(decimals, int) or not 0 <= decimals <= 8:
            findings.append(Finding("error", FILE, code, "decimals 应是 0—8 的整数"))
        if not entry.get("source"):
            findings.append(Finding("warning", FILE, code, "没有写明依据（source）"))
    findings += [Finding("error", FILE, code, message) for code, message in check_all(catalog_of(pack)).items()]
    return findings


def load(pack: Pack, report: Report) -> None:
    """Write the indicators; a second load changes nothing. Indicators that the pack does not name are left
    alone.
    """
    changed = []
    for order, entry in enumerate(_entries(pack, FILE), 1):
        fields = {
            "name": str(entry["name"]),
            "unit": str(entry["unit"]),
            "decimals": entry.get("decimals", 1),
            "direction": entry.get("direction", Direction.UP.value),
            "subject": str(entry.get("subject") or AREA.code),
            "periods": str(entry.get("periods") or ""),
            "formula": str(entry["formula"]),
            "description": str(entry.get("description") or ""),
            "source": str(entry.get("source") or ""),
            "order": order,
        }
        known = Indicator.objects.filter(code=str(entry["code"])).first()
        if known is None:
            Indicator.objects.create(code=str(entry["code"]), **fields)
        elif any(getattr(known, name) != value for name, value in fields.items()):
            for name, value in fields.items():
                setattr(known, name, value)
            known.save()
        else:
            continue
        changed.append(str(entry["code"]))
    if changed:
        audit.record(None, "pack_indicators", object_type="indicator", detail={"changed": changed})
    report(f"指标：{len(changed)} 个有变化")
