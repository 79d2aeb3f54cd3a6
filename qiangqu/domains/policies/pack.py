"""Policies of a pack, ``policies.yaml``: criteria and amounts as they were found, the gaps named (docs/guides/policies.md)."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils import timezone

from qiangqu.base.errors import InputError
from qiangqu.base.expressions.reading import names_of
from qiangqu.base.packs import Finding, Pack, Report
from qiangqu.formulas.pack import catalog_of
from qiangqu.registry import audit
from qiangqu.registry.models import Area, Organisation
from qiangqu.schemes.pack import read as schemes_of

from .models import Benefit, Mode, Per, Policy, PolicyState
from .spec import MOST_YUAN, benefit_of, formula_of, parts_of, rules_of

FILE = "policies.yaml"
#: what an entry may say
WORDS = frozenset({
    "code", "title", "edition", "area", "body", "document", "source", "mode", "per", "starts_on", "ends_on", "scheme", "criteria", "benefit",
    "budget_total", "budget_year", "papers", "excludes", "note", "gaps",
})  # fmt: skip


def _entries(pack: Pack) -> list[dict[str, Any]]:
    found = pack.yaml(FILE) if pack.has(FILE) else []
    return found if isinstance(found, list) and all(isinstance(one, dict) for one in found) else []


def _policy(entry: dict[str, Any]) -> Policy:
    """What an entry says, without records that it names. Raises InputError."""
    made = Policy(
        code=str(entry.get("code") or ""), edition=entry.get("edition", 1), title=str(entry.get("title") or ""), mode=entry.get("mode", Mode.APPLY),
        per=entry.get("per", Per.YEAR), starts_on=_day(entry, "starts_on"), ends_on=_day(entry, "ends_on"), document=str(entry.get("document") or ""),
        source=str(entry.get("source") or ""), scheme=str(entry.get("scheme") or ""), note=str(entry.get("note") or ""),
        papers="\n".join(str(paper) for paper in entry.get("papers") or []), excludes=[str(code) for code in entry.get("excludes") or []],
        gaps=[str(gap) for gap in entry.get("gaps") or []],
        budget_total=_fen(entry, "budget_total"), budget_year=_fen(entry, "budget_year"),
    )  # fmt: skip
    made.criteria = entry.get("criteria") or []
    rules = rules_of(made)
    made.criteria = [
        rule.model_dump(mode="json", exclude_defaults=True) | ({"op": rule.op} if rule.source else {}) for rule in rules
    ]
    made.benefit = entry.get("benefit") or {"way": "unknown"}
    made.benefit = benefit_of(made).model_dump(mode="json", exclude_defaults=True) | {"way": benefit_of(made).way}
    return made


def _day(entry: dict[str, Any], name: str) -> dt.date | None:
    value = entry.get(name)
    if value is None or isinstance(value, dt.date):
        return value
    raise InputError("应是日期，如 2026-04-01；没有查到的不写", where=name)


def _fen(entry: dict[str, Any], name: str) -> int | None:
    value = entry.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= float(MOST_YUAN) * 10:
        raise InputError("应是不小于 0 的金额（元）", where=name)
    return int(Decimal(str(value)) * 100)


def check(pack: Pack) -> list[Finding]:
    """Entries that are none, and names that the pack does not have."""
    if not pack.has(FILE):
        return []
    entries = pack.yaml(FILE) or []
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        return [Finding("error", FILE, "", "应是一个列表，每项有 code、title、criteria、benefit")]
    return list(_faults(pack, entries))


def _faults(pack: Pack, entries: list[dict[str, Any]]) -> Iterator[Finding]:
    catalog = catalog_of(pack)
    schemes = {one.code: one for one in schemes_of(pack)[0].values()}
    areas = {row["code"] for row in pack.rows(str(pack.info.get("files", {}).get("areas", "areas.csv")))}
    units = {row["code"] for row in pack.rows(str(pack.info.get("files", {}).get("units", "units.csv")))}
    codes = [str(entry.get("code")) for entry in entries]
    for number, entry in enumerate(entries, 1):
        code = str(entry.get("code") or f"第 {number} 项")
        for word in sorted(set(entry) - WORDS):
            yield Finding("error", FILE, code, f"没有“{str(word)[:40]}”这一项，请核对拼写或删去")
        if not entry.get("code") or not entry.get("title"):
            yield Finding("error", FILE, code, "要写 code 和 title")
        if codes.count(str(entry.get("code"))) > 1:
            yield Finding("error", FILE, code, "代码重复")
        if entry.get("mode", Mode.APPLY) not in Mode.values or entry.get("per", Per.YEAR) not in Per.values:
            yield Finding("error", FILE, code, "mode 只能写 direct、apply，per 只能写 year、once")
        if "area" in entry and str(entry["area"]) not in areas:
            yield Finding("error", FILE, code, f"没有区域“{str(entry['area'])[:20]}”")
        if "body" in entry and str(entry["body"]) not in units:
            yield Finding("error", FILE, code, f"没有责任单位“{str(entry['body'])[:40]}”")
        for other in entry.get("excludes") or []:
            if str(other) not in codes:
                yield Finding("error", FILE, code, f"没有政策“{str(other)[:40]}”")
        try:
            made = _policy(entry)
            sources = [rule.source for rule in rules_of(made) if rule.source]
            benefit = benefit_of(made)
            sources += [level.source for level in benefit.levels] + ([benefit.of] if benefit.of else [])
            if benefit.way == "formula":
                sources += [f"indicator:{name}" for name in names_of(formula_of(benefit.formula))]
            wrong = [fault for source in sources if (fault := _source(source, catalog, schemes))]
            if made.scheme and (made.scheme not in schemes or schemes[made.scheme].subject != "enterprise"):
                wrong.append(f"没有评企业的方案“{made.scheme[:60]}”")
        except InputError as error:
            wrong = [str(error)]
        for fault in wrong:
            yield Finding("error", FILE, code, fault)


def _source(source: str, catalog: Any, schemes: Any) -> str:
    """What is wrong with a source; "" for nothing."""
    kind, code, _period = parts_of(source)
    if kind == "indicator" and (code not in catalog.indicators or catalog.indicators[code].subject != "organisation"):
        return f"没有逐个企业取值的指标“{code}”"
    if kind == "title" and code not in catalog.recognitions:
        return f"没有认定类别“{code}”"
    if kind in ("scheme", "level") and code not in schemes:
        return f"没有方案“{code}”"
    return ""


def load(pack: Pack, report: Report) -> None:
    """Write the policies, published as they stand in the pack. One that enterprises benefit from already is not changed: the pack
    then names another edition. Policies that the pack does not name are left alone."""
    changed = [entry["code"] for entry in _entries(pack) if _save(pack, entry)]
    if changed:
        audit.record(None, "pack_policies", object_type="policy", detail={"changed": changed})
    report(f"惠企政策：{len(changed)} 项有变化")


def _save(pack: Pack, entry: dict[str, Any]) -> bool:
    made = _policy(entry)
    made.area = Area.objects.get(code=str(entry.get("area") or pack.info["region"]))
    made.body = Organisation.objects.get(code=str(entry["body"])) if entry.get("body") else None
    fields = (
        "title", "area", "body", "document", "source", "mode", "per", "starts_on", "ends_on", "scheme", "criteria", "benefit", "budget_total",
        "budget_year", "papers", "excludes", "gaps", "note",
    )  # fmt: skip
    known = Policy.objects.filter(code=made.code, edition=made.edition).first()
    if known is None:
        # a newer edition, of the pack or of people here, is not taken back by an older one
        if Policy.objects.filter(code=made.code, edition__gt=made.edition).exists():
            return False
        for old in Policy.objects.filter(code=made.code, state=PolicyState.PUBLISHED):
            old.state, old.ended_on, old.ended_why = (
                PolicyState.ENDED,
                timezone.localdate(),
                f"由第 {made.edition} 版代替",
            )
            old.save()
        made.state, made.published_on = PolicyState.PUBLISHED, timezone.localdate()
        made.save()
        return True
    if (
        all(getattr(known, name) == getattr(made, name) for name in fields)
        or Benefit.objects.filter(policy=known).exists()
    ):
        return False
    for name in fields:
        setattr(known, name, getattr(made, name))
    known.revision += 1
    known.save()
    return True
