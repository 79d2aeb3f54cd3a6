"""Parameters of the simulated twin: a pack's ``simulation.yaml``, checked.

Every section of the file has a ``remark`` that says where its figures come from, or 设定 (an assumption).
"""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

from qiangqu.base.errors import InputError
from qiangqu.base.packs import Pack

from .reading import read, read_all
from .schema import (
    Activity,
    Calibration,
    Capacity,
    Digital,
    Dynamics,
    Enterprises,
    Environment,
    Finance,
    Innovation,
    Land,
    Names,
    Projects,
    Recognitions,
    Regional,
    Reporting,
    Sector,
    Sizes,
    Zone,
)

FILE = "simulation.yaml"
MAX_SEED = (1 << 62) - 1


@dataclass(frozen=True)
class Parameters:
    """All of ``simulation.yaml``. ``sha256`` is of its content, so that a run can be recognised."""

    seed: int
    names: Names
    enterprises: Enterprises
    sizes: Sizes
    dynamics: Dynamics
    festivals: dict[int, dt.date]
    prices: dict[int, float]
    reporting: Reporting
    sectors: dict[str, Sector]
    activities: tuple[Activity, ...]
    zones: dict[str, Zone]
    calibration: Calibration
    digital: Digital
    innovation: Innovation
    environment: Environment
    finance: Finance
    capacity: Capacity
    land: Land
    recognitions: Recognitions
    projects: Projects
    regional: Regional
    sha256: str


_SECTIONS: tuple[tuple[str, type], ...] = (
    ("names", Names),
    ("enterprises", Enterprises),
    ("sizes", Sizes),
    ("dynamics", Dynamics),
    ("reporting", Reporting),
    ("calibration", Calibration),
    ("digital", Digital),
    ("innovation", Innovation),
    ("environment", Environment),
    ("finance", Finance),
    ("capacity", Capacity),
    ("land", Land),
    ("recognitions", Recognitions),
    ("projects", Projects),
    ("regional", Regional),
)


def read_parameters(pack: Pack) -> Parameters:
    """The pack's ``simulation.yaml``. Raises InputError that names the section and item of the first
    fault.
    """
    return parse_parameters(pack.yaml(FILE))


def parse_parameters(data: Any) -> Parameters:
    """Parameters from what the YAML file holds; as :func:`read_parameters`."""
    if not isinstance(data, dict):
        raise InputError("应是“名: 值”的组合", where=FILE)
    wanted = [name for name, _ in _SECTIONS] + ["festivals", "prices", "sectors", "activities", "zones"]
    for name in wanted:
        section = data.get(name)
        if not isinstance(section, dict):
            raise InputError("缺少这一节", where=f"{FILE} {name}")
        if not isinstance(section.get("remark"), str) or not section["remark"].strip():
            raise InputError("缺少 remark：写明数字的来处，或写“设定”", where=f"{FILE} {name}")
    parts: dict[str, Any] = {name: read(cls, data[name], f"{FILE} {name}") for name, cls in _SECTIONS}
    rows = data["activities"].get("rows")
    if not isinstance(rows, list) or not rows:
        raise InputError("应是非空的列表", where=f"{FILE} activities.rows")
    seed = data.get("seed")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        raise InputError(f"应是 0—{MAX_SEED} 之间的整数", where=f"{FILE} seed")
    parameters = Parameters(
        seed=seed,
        festivals=_by_year(data["festivals"], dt.date, f"{FILE} festivals"),
        prices={year: float(value) for year, value in _by_year(data["prices"], int | float, f"{FILE} prices").items()},
        sectors=read_all(Sector, data["sectors"], f"{FILE} sectors"),
        activities=tuple(read(Activity, row, f"{FILE} activities.rows[{i}]") for i, row in enumerate(rows)),
        zones=read_all(Zone, data["zones"], f"{FILE} zones"),
        sha256=hashlib.sha256(repr(data).encode()).hexdigest(),
        **parts,
    )
    _check(parameters)
    return parameters


def _by_year(section: dict[Any, Any], kind: Any, where: str) -> dict[int, Any]:
    values = {key: value for key, value in section.items() if key != "remark"}
    for key, value in values.items():
        if isinstance(key, bool) or not isinstance(key, int) or isinstance(value, bool) or not isinstance(value, kind):
            raise InputError("应是年份与其值", where=f"{where}.{key}")
    return values


def _check(parameters: Parameters) -> None:
    """What one section says of another."""
    sectors = set(parameters.sectors)
    for name, sector in parameters.sectors.items():
        if len(sector.season) != 12 or not sector.trades:
            raise InputError("season 应有 12 个月，trades 不能为空", where=f"{FILE} sectors.{name}")
    for activity in parameters.activities:
        if activity.sector not in sectors:
            raise InputError(f"没有产业 {activity.sector}", where=f"{FILE} activities {activity.code}")
        if set(activity.zones) - set(parameters.zones):
            raise InputError("zones 里有不在 zones 一节的园区", where=f"{FILE} activities {activity.code}")
        if not (activity.code.isascii() and activity.code.isdigit() and len(activity.code) == 4):
            raise InputError("应是 GB/T 4754 的四位小类代码", where=f"{FILE} activities {activity.code}")
    for name in sectors - {activity.sector for activity in parameters.activities}:
        raise InputError("没有一个小类", where=f"{FILE} sectors.{name}")
    for code, zone in parameters.zones.items():
        unknown = set(zone.affinity) - sectors
        if unknown or not any(zone.affinity.values()):
            raise InputError(f"affinity 有误：{'、'.join(sorted(unknown)) or '全为零'}", where=f"{FILE} zones.{code}")
    if not parameters.enterprises.ownership or not all(kind.share > 0 for kind in parameters.enterprises.ownership):
        raise InputError("至少要有一种登记注册类型，占比都大于零", where=f"{FILE} enterprises.ownership")
    if not parameters.names.first or not parameters.names.second or not parameters.names.marker.strip():
        raise InputError("first、second、marker 都不能为空", where=f"{FILE} names")
    for total, where in (
        (sum(zone.output for zone in parameters.zones.values()), "zones 的 output"),
        (sum(zone.count for zone in parameters.zones.values()), "zones 的 count"),
        (sum(sector.share for sector in parameters.sectors.values()), "sectors 的 share"),
        (sum(sector.count for sector in parameters.sectors.values()), "sectors 的 count"),
    ):
        if not total > 0:
            raise InputError("合计应大于零", where=f"{FILE} {where}")
    if not all(-50 <= change <= 100 for change in parameters.prices.values()):
        raise InputError("价格变动应在 -50—100 之间", where=f"{FILE} prices")
    for title_code, title in parameters.recognitions.kinds.items():
        where = f"{FILE} recognitions.kinds.{title_code}"
        if len(title.holders) != len(parameters.recognitions.years):
            raise InputError("holders 的个数应与 years 相同", where=where)
        if title.among and title.among not in parameters.recognitions.kinds:
            raise InputError(f"among 指向没有的类别 {title.among}", where=where)
    for project_code, project in parameters.projects.kinds.items():
        where = f"{FILE} projects.kinds.{project_code}"
        if len(project.starts) != len(parameters.projects.years):
            raise InputError("starts 的个数应与 years 相同", where=where)
        if project.owner not in ("enterprise", "committee"):
            raise InputError("owner 应是 enterprise 或 committee", where=where)
        if not project.things or project.months[0] > project.months[1]:
            raise InputError("things 不能为空，months 应由小到大", where=where)
