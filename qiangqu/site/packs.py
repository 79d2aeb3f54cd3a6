"""Checking and loading a pack: each part takes its own, in the order in which they build on one another."""

from pathlib import Path
from types import ModuleType

from django.db import transaction

from qiangqu.base.errors import InputError
from qiangqu.base.packs import Finding, Pack, Report
from qiangqu.base.part import parts

BUNDLED = Path(__file__).resolve().parents[1] / "packs"


def find_pack(name_or_folder: str) -> Pack:
    """A pack by the name of a bundled one (``ningxia``) or by its folder."""
    bundled = BUNDLED / name_or_folder
    return Pack(bundled if (bundled / "pack.yaml").is_file() else Path(name_or_folder))


def _readers() -> list[ModuleType]:
    """The modules that take something from a pack."""
    return [part.reference(part.pack).get() for part in parts() if part.pack]


def check_pack(pack: Pack) -> list[Finding]:
    """Everything that the pack lacks or has wrong, without writing anything."""
    findings: list[Finding] = []
    for module in _readers():
        try:
            findings.extend(module.check(pack))
        except InputError as error:
            findings.append(Finding("error", error.where or str(pack.folder), "", error.message))
    return findings


def load_pack(pack: Pack, report: Report) -> None:
    """Load all of the pack in one transaction: all or nothing; a second load of the same pack changes
    nothing.

    Raises InputError that counts the faults when the pack has errors.
    """
    faults = [finding for finding in check_pack(pack) if finding.severity == "error"]
    if faults:
        shown = "；".join(str(finding) for finding in faults[:5])
        raise InputError(f"数据包有 {len(faults)} 处错误，未载入：{shown}", where=str(pack.folder))
    with transaction.atomic():
        for module in _readers():
            module.load(pack, report)
