"""The factor dictionary 污染因子: codes, names and units, from telemetry's ``data/factors.csv`` (the same
file that fills the gateway's dictionary).

Codes are those of HJ 212-2017 annex B, which takes them from HJ 524 (air, ``a…``) and HJ 525 (water, ``w…``);
``code_2005`` is the code of HJ/T 212-2005 that older devices still send. The table was compared with an open
implementation of HJ 212-2017 (srdgame/lua-HJ212); the standard itself was not looked up. Molar masses (g/mol)
are given where ppm readings must be converted.
"""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.utils.translation import gettext_noop

from qiangqu.base.errors import NotFoundError
from qiangqu.telemetry.register import FACTORS_FILE

DATA = Path(__file__).with_name("data")
AIR_FLOW, WATER_FLOW, OXYGEN = "a00000", "w00000", "a19001"
WIND_SPEED, WIND_DIRECTION = "a01007", "a01008"
PH, NOISE = "w01001", "Leq"

# names in the data files that are shown: here so that the catalogue has them
SHOWN = (
    gettext_noop("优"), gettext_noop("良"), gettext_noop("轻度污染"), gettext_noop("中度污染"), gettext_noop("重度污染"),
    gettext_noop("严重污染"), gettext_noop("小时"), gettext_noop("日"), gettext_noop("最大8小时"), gettext_noop("昼间"),
    gettext_noop("夜间"), gettext_noop("二氧化硫"), gettext_noop("二氧化氮"), gettext_noop("氮氧化物"), gettext_noop("一氧化碳"),
    gettext_noop("臭氧"), gettext_noop("可吸入颗粒物PM10"), gettext_noop("细颗粒物PM2.5"), gettext_noop("颗粒物（烟尘）"),
    gettext_noop("化学需氧量"), gettext_noop("氨氮"), gettext_noop("总磷"), gettext_noop("总氮"), gettext_noop("pH值"),
    gettext_noop("废气流量"), gettext_noop("污水流量"), gettext_noop("含氧量"), gettext_noop("风速"), gettext_noop("风向"),
    gettext_noop("等效声级"), gettext_noop("汞及其化合物"), gettext_noop("非甲烷总烃"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor. ``medium`` is air, water or noise; ``total_unit`` is empty where nothing adds up."""

    code: str
    code_2005: str
    name: str
    medium: str
    unit: str
    total_unit: str
    molar_mass: float | None


@lru_cache(maxsize=1)
def factors() -> dict[str, Factor]:
    """All factors by code."""
    with FACTORS_FILE.open(encoding="utf-8", newline="") as file:
        return {
            row["code"]: Factor(
                row["code"],
                row["code_2005"],
                row["name"],
                row["medium"],
                row["unit"],
                row["total_unit"],
                float(row["molar_mass"]) if row["molar_mass"] else None,
            )
            for row in csv.DictReader(file)
        }


@lru_cache(maxsize=1)
def _by_2005() -> dict[str, str]:
    return {factor.code_2005: factor.code for factor in factors().values() if factor.code_2005}


def factor(code: str) -> Factor:
    """The factor with this code of either edition.

    >>> factor("a21026").name, factor("011").code
    ('二氧化硫', 'w01018')

    Raises NotFoundError for a code that neither edition has.
    """
    found = factors().get(code) or factors().get(_by_2005().get(code, ""))
    if found is None:
        raise NotFoundError("污染因子字典里没有这个代码", where=code[:20])
    return found


def name_of(code: str) -> str:
    """The name, or the code itself when the dictionary does not have it (devices may send what nobody
    listed).
    """
    found = factors().get(code)
    return found.name if found else code


def unit_of(code: str) -> str:
    found = factors().get(code)
    return found.unit if found else ""
