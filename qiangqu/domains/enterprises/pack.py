"""Ladders of a pack: ``ladders.yaml``, a list of ``code, title, rungs`` (codes of schemes, the lowest first)."""

from typing import Any

from qiangqu.base.packs import Finding, Pack, Report
from qiangqu.registry import audit
from qiangqu.schemes.pack import read

from .models import Ladder

FILE = "ladders.yaml"


def check(pack: Pack) -> list[Finding]:
    """Ladders that are no ladder, or name schemes that the pack does not have."""
    if not pack.has(FILE):
        return []
    entries = pack.yaml(FILE) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return [Finding("error", FILE, "", "应是一个列表，每项有 code、title、rungs")]
    found = {scheme.code: scheme for scheme in read(pack)[0].values()}
    findings, seen = [], set()
    for number, entry in enumerate(entries, 1):
        code = str(entry.get("code") or f"第 {number} 项")
        rungs = entry.get("rungs")
        if not entry.get("code") or not entry.get("title") or not isinstance(rungs, list) or not rungs:
            findings.append(Finding("error", FILE, code, "要写 code、title 和 rungs（方案代码的列表，由低到高）"))
            continue
        if code in seen:
            findings.append(Finding("error", FILE, code, "代码重复"))
        seen.add(code)
        for rung in rungs:
            if rung not in found:
                findings.append(Finding("error", FILE, code, f"没有方案“{str(rung)[:60]}”，请先写入 schemes/"))
            elif found[rung].subject != "enterprise":
                findings.append(Finding("error", FILE, code, f"方案“{found[rung].title}”评的不是企业"))
    return findings


def load(pack: Pack, report: Report) -> None:
    """Write the ladders; those that the pack does not name are left alone."""
    entries: list[dict[str, Any]] = pack.yaml(FILE) or [] if pack.has(FILE) else []
    changed = []
    for order, entry in enumerate(entries, 1):
        fields = {"title": str(entry["title"]), "rungs": [str(rung) for rung in entry["rungs"]], "order": order}
        known = Ladder.objects.filter(code=str(entry["code"])).first()
        if known is not None and all(getattr(known, name) == value for name, value in fields.items()):
            continue
        Ladder.objects.update_or_create(code=str(entry["code"]), defaults=fields)
        changed.append(str(entry["code"]))
    if changed:
        audit.record(None, "pack_ladders", object_type="ladder", detail={"changed": changed})
    report(f"企业梯度：{len(changed)} 个有变化")
