"""What facts take from a pack: ``elements.yaml`` 统计要素, ``published.csv`` 公开数据, ``forms.yaml`` 报表.

* An element: code, name, unit, kind, aggregation, source; optional growth_of, subjects, decimals,
  industry_standard_definition.
* A published row: as in any import (:mod:`qiangqu.facts.parsing`); here element and area are codes, and
  source_title is required.
* A form: code, name, frequency (month, quarter, year), area, first_period, items (element, unit; optional
  required, minimum, maximum, max_change); optional due_days, scale, source.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import override

from qiangqu.base.errors import InputError
from qiangqu.base.packs import Finding, Pack, Report
from qiangqu.base.periods import parse_period
from qiangqu.base.units import factor, is_known_unit
from qiangqu.registry import audit
from qiangqu.registry.models import Area
from qiangqu.ui.spreadsheets import number_of

from . import subjects
from .cellvalues import published_of
from .importing import commit, sha256_of
from .models import BatchKind, CollectionForm, CollectionItem, Element, FactBatch
from .models.collection import Frequency

ELEMENTS, PUBLISHED, FORMS = "elements.yaml", "published.csv", "forms.yaml"
_REQUIRED = ("code", "name", "unit", "kind", "aggregation")
_COLUMNS = ("element", "area", "period", "value", "unit", "source_title", "source_url", "source_date")
_ITEM_FIELDS = ("required", "minimum", "maximum", "max_change")


def _entries(pack: Pack, name: str) -> list[dict[str, Any]]:
    if not pack.has(name):
        return []
    data = pack.yaml(name) or []
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        raise InputError("应是一个列表，每项是“名: 值”的组合", where=name)
    return data


def _element(entry: dict[str, Any]) -> Element:
    """The element that an entry describes, not saved; ``growth_of`` is set when all are stored."""
    about = entry.get("subjects") or ["area", "organisation"]
    if not isinstance(about, list) or set(map(str, about)) - set(subjects.codes()):
        raise InputError(f"subjects 应是列表，取自 {'、'.join(subjects.codes())}")
    return Element(
        code=str(entry["code"]),
        name=str(entry["name"]),
        unit=str(entry["unit"]),
        kind=entry["kind"],
        aggregation=entry["aggregation"],
        subjects=",".join(about),
        decimals=entry.get("decimals", 2),
        definition=str(entry.get("industry_standard_definition") or entry.get("definition") or ""),
        source=str(entry.get("source") or ""),
    )


def _model_faults(record: models.Model, *exclude: str) -> list[str]:
    try:
        with override("zh-hans"):
            record.full_clean(exclude=set(exclude), validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        return [f"{name}：{'；'.join(messages)}" for name, messages in error.message_dict.items()]
    return []


def _check_elements(pack: Pack, findings: list[Finding]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for number, entry in enumerate(_entries(pack, ELEMENTS), 1):
        code = str(entry.get("code") or f"第 {number} 项")
        missing = [name for name in _REQUIRED if not entry.get(name)]
        if missing:
            findings.append(Finding("error", ELEMENTS, code, f"缺少 {'、'.join(missing)}"))
            continue
        if code in found:
            findings.append(Finding("error", ELEMENTS, code, "代码重复"))
        found[code] = entry
        try:
            faults = _model_faults(_element(entry), "growth_of")
        except InputError as error:
            faults = [error.message]
        if not is_known_unit(str(entry["unit"])):
            faults.append(f"不认识的单位“{entry['unit']}”")
        findings += [Finding("error", ELEMENTS, code, fault) for fault in faults]
        if not entry.get("source"):
            findings.append(Finding("warning", ELEMENTS, code, "没有写明依据（source）"))
    for code, entry in found.items():
        whole = entry.get("growth_of")
        if whole and whole not in found:
            findings.append(Finding("error", ELEMENTS, code, f"growth_of 所指的要素 {whole} 不在表中"))
    return found


def _check_published(pack: Pack, elements: dict[str, dict[str, Any]], findings: list[Finding]) -> None:
    if not pack.has(PUBLISHED):
        findings.append(Finding("warning", PUBLISHED, "", "没有公开数据，目标将没有数值"))
        return
    areas = {row["code"] for row in pack.rows("areas.csv", ("code",))}
    cells: dict[tuple[str, ...], tuple[int, float]] = {}
    for row in pack.rows(PUBLISHED, _COLUMNS):
        faults = []
        element = elements.get(row["element"])
        if element is None:
            faults.append(f"要素 {row['element']} 不在 {ELEMENTS} 中")
        if row["area"] not in areas:
            faults.append(f"区域 {row['area']} 不在 areas.csv 中")
        if not row["source_title"]:
            faults.append("没有来源（source_title）")
        value = 0.0
        try:
            value, _unit = number_of(row["value"])
            published_of(row["source_date"])
            period = str(parse_period(row["period"]).key)
            if element is not None:
                value *= factor(row["unit"], str(element["unit"]))
        except InputError as error:
            faults.append(error.message)
            period = row["period"]
        cell = row["element"], row["area"], period, row["source_title"], row["source_url"], row["source_date"]
        line, other = cells.setdefault(cell, (row.line, value))
        if other != value:
            faults.append(f"与第{line}行是同一来源的同一数，数值不同")
        findings += [Finding("error", PUBLISHED, f"第{row.line}行", fault) for fault in faults]


def _form(entry: dict[str, Any]) -> CollectionForm:
    try:
        frequency = Frequency[str(entry.get("frequency", "month")).upper()]
    except KeyError:
        raise InputError("frequency 只能是 month、quarter、year") from None
    return CollectionForm(
        code=str(entry.get("code") or ""),
        name=str(entry.get("name") or ""),
        frequency=frequency,
        due_days=entry.get("due_days", 15),
        scale=entry.get("scale") or "",
        first_period=parse_period(str(entry.get("first_period") or "")).key,
        source=str(entry.get("source") or ""),
    )


def _items(entry: dict[str, Any]) -> list[tuple[str, CollectionItem]]:
    items = entry.get("items")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise InputError("items 应是列表，每项有 element 和 unit")
    return [
        (
            str(item.get("element") or ""),
            CollectionItem(
                position=number,
                unit=str(item.get("unit") or ""),
                **{name: item[name] for name in _ITEM_FIELDS if name in item},
            ),
        )
        for number, item in enumerate(items, 1)
    ]


def _check_forms(pack: Pack, elements: dict[str, dict[str, Any]], findings: list[Finding]) -> None:
    areas = {row["code"] for row in pack.rows("areas.csv", ("code",))} if pack.has(FORMS) else set()
    for number, entry in enumerate(_entries(pack, FORMS), 1):
        code = str(entry.get("code") or f"第 {number} 项")
        try:
            faults = _model_faults(_form(entry), "area")
            items = _items(entry)
        except InputError as error:
            findings.append(Finding("error", FORMS, code, error.message))
            continue
        if str(entry.get("area")) not in areas:
            faults.append(f"区域 {entry.get('area')} 不在 areas.csv 中")
        for name, item in items:
            faults += [f"{name} {fault}" for fault in _model_faults(item, "form", "element")]
            if name not in elements:
                faults.append(f"要素 {name} 不在 {ELEMENTS} 中")
                continue
            try:
                factor(item.unit, str(elements[name]["unit"]))
            except InputError as error:
                faults.append(f"{name} {error.message}")
        findings += [Finding("error", FORMS, code, fault) for fault in faults]


def check(pack: Pack) -> list[Finding]:
    """What is missing or wrong in elements, published figures and forms of ``pack``; the database is not
    touched.
    """
    findings: list[Finding] = []
    if not pack.has(ELEMENTS):
        return [Finding("warning", ELEMENTS, "", "没有统计要素，指标将无从计算")]
    elements = _check_elements(pack, findings)
    _check_published(pack, elements, findings)
    _check_forms(pack, elements, findings)
    return findings


def _store(fresh: models.Model, **key: Any) -> tuple[Any, bool]:
    """Write ``fresh`` unless the stored record of ``key`` already says the same. Returns the record and
    whether it was written.
    """
    model = type(fresh)
    stored = model._default_manager.filter(**key).first()
    if stored is not None:
        names = [f.attname for f in model._meta.concrete_fields if not f.primary_key]
        if all(getattr(stored, name) == getattr(fresh, name) for name in names):
            return stored, False
        fresh.pk = stored.pk
        fresh._state.adding = False
    fresh.save()
    return fresh, True


def _load_elements(pack: Pack) -> list[str]:
    entries = {str(entry["code"]): entry for entry in _entries(pack, ELEMENTS)}
    stored: dict[str, Element] = {}
    changed: list[str] = []

    def place(code: str) -> Element:
        if code not in stored:
            element = _element(entries[code])
            whole = entries[code].get("growth_of")
            element.growth_of = place(str(whole)) if whole and str(whole) != code else None
            stored[code], written = _store(element, code=code)
            if written:
                changed.append(code)
        return stored[code]

    for code in entries:
        place(code)
    return changed


def _load_forms(pack: Pack) -> list[str]:
    changed = []
    for entry in _entries(pack, FORMS):
        form = _form(entry)
        form.area = Area.objects.get(code=str(entry["area"]))
        form, written = _store(form, code=form.code)
        for code, item in _items(entry):
            item.form, item.element = form, Element.objects.get(code=code)
            written |= _store(item, form=form, element=item.element)[1]
        if written:
            changed.append(form.code)
    return changed


def load(pack: Pack, report: Report) -> None:
    """Write elements, published figures and forms of a checked pack, in the caller's transaction. A second
    load of the same pack changes nothing.
    """
    changed = _load_elements(pack)
    if changed:
        audit.record(None, "pack_elements", object_type="element", detail={"changed": changed})
    report(f"统计要素：{len(changed)} 个有变化")
    if pack.has(PUBLISHED):
        path = pack.path(PUBLISHED)
        key = f"pack:{pack.info.get('code', pack.folder.name)}:{sha256_of(path)[:32]}"
        batch = FactBatch.of_key(key) or commit(
            path, key=key, kind=BatchKind.PACK, note=f"数据包“{pack.info.get('name', pack.folder.name)}”的公开数据"
        )
        report(f"公开数据：{batch.rows} 条")
    forms = _load_forms(pack)
    if forms:
        audit.record(None, "pack_forms", object_type="collection_form", detail={"changed": forms})
