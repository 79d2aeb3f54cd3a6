"""Checking and loading a pack: the parts that take something from it, in the order in which they build on one another."""

from importlib import import_module
from pathlib import Path

from django.db import transaction

from qiangqu.base.errors import InputError
from qiangqu.base.packs import Finding, Pack, Report

PARTS_WITH_PACK_DATA = (
    "qiangqu.registry.pack",
    "qiangqu.facts.pack",
    "qiangqu.formulas.pack",
    "qiangqu.cases.pack",
    "qiangqu.plan.pack",
    "qiangqu.simulation.pack",
)
BUNDLED = Path(__file__).resolve().parents[1] / "packs"


def find_pack(name_or_folder: str) -> Pack:
    """A pack by the name of a bundled one (``ningxia``) or by its folder."""
    bundled = BUNDLED / name_or_folder
    return Pack(bundled if (bundled / "pack.yaml").is_file() else Path(name_or_folder))


def check_pack(pack: Pack) -> list[Finding]:
    """Everything that the pack lacks or has wrong, without writing anything."""
    findings: list[Finding] = []
    for module in PARTS_WITH_PACK_DATA:
        try:
            findings.extend(import_module(module).check(pack))
        except InputError as error:
            findings.append(Finding("error", error.where or str(pack.folder), "", error.message))
    return findings


def load_pack(pack: Pack, report: Report) -> None:
    """Load all of the pack in one transaction: all or nothing; a second load of the same pack changes nothing.

    Raises InputError that counts the faults when the pack has errors.
    """
    faults = [finding for finding in check_pack(pack) if finding.severity == "error"]
    if faults:
        shown = "；".join(str(finding) for finding in faults[:5])
        raise InputError(f"数据包有 {len(faults)} 处错误，未载入：{shown}", where=str(pack.folder))
    with transaction.atomic():
        for module in PARTS_WITH_PACK_DATA:
            import_module(module).load(pack, report)
