"""What cases take from a pack: ``cases/<kind>/`` folders; and what comes with the program: kinds that code
follows, the calendar of working days.
"""

import csv
import datetime as dt
from pathlib import Path

from qiangqu.base.errors import InputError
from qiangqu.base.packs import Finding, Pack, Report

from . import contracts
from .check import check_files
from .definition import Definition, read_folder
from .kinds import bring, bring_followed
from .models import CalendarDay

CALENDAR = Path(__file__).parent / "data" / "calendar.csv"


def folders(pack: Pack) -> list[Path]:
    """The folders of the pack's kinds, in order."""
    root = pack.folder / "cases"
    return sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")) if root.is_dir() else []


def check(pack: Pack) -> list[Finding]:
    """What is wrong or doubtful in the pack's kinds."""
    return read_kinds(pack)[1]


def read_kinds(pack: Pack) -> tuple[dict[str, Definition], list[Finding]]:
    """The pack's kinds by code, and what is wrong or doubtful in them."""
    findings: list[Finding] = []
    kinds: dict[str, Definition] = {}
    for folder in folders(pack):
        start = f"cases/{folder.name}"
        try:
            definition, faults = check_files(read_folder(folder))
        except InputError as error:
            findings.append(Finding("error", start, error.where, error.message))
            continue
        findings += [Finding(f.severity, f"{start}/{f.file}", f.where, f.message) for f in faults]
        if definition is not None and definition.code != folder.name:
            findings.append(Finding("error", f"{start}/kind.yaml", "code", "代码应与文件夹同名"))
        if definition is not None:
            kinds[definition.code] = definition
    return kinds, findings


def load(pack: Pack, report: Report) -> None:
    """Save every kind (a new version where its files have changed) and seed the calendar; days that somebody
    adjusted stay. A kind that code follows is the pack's if the pack has it, else the program's own."""
    seeded = seed_calendar()
    own = folders(pack)
    versions = [bring(read_folder(folder), "数据包") for folder in own]
    brought = {folder.name for folder in own}
    versions += [v for c in contracts.declared() if c.code not in brought and (v := bring_followed(c.code)) is not None]
    names = [f"{version.kind.name} v{version.number}" for version in versions]
    if names or seeded:
        report(f"事项：{'、'.join(names) or '无'}；工作日历 {CalendarDay.objects.count()} 天")


def seed_calendar() -> int:
    """Add the days of the State Council's notices that are not yet known. Returns how many were added."""
    with CALENDAR.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = set(CalendarDay.objects.values_list("day", flat=True))
    days = [
        CalendarDay(
            day=dt.date.fromisoformat(row["day"]), works=row["works"] == "1", name=row["name"], source=row["source"]
        )
        for row in rows
    ]
    fresh = [day for day in days if day.day not in known]
    CalendarDay.objects.bulk_create(fresh)
    return len(fresh)
