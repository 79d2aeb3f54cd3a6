"""The factor dictionary 污染因子: codes, names and units, from telemetry's ``data/factors.csv`` (the same file that fills the gateway's dictionary).

Codes are those of HJ 212-2017 annex B, which takes them from HJ 524 (air, ``a…``) and HJ 525 (water, ``w…``); ``code_2005`` is the code of
HJ/T 212-2005 that older devices still send. The table was compared with an open implementation of HJ 212-2017 (srdgame/lua-HJ212); the
standard itself was not looked up. Molar masses (g/mol) are given where ppm readings must be converted.
"""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from qiangqu.base.errors import NotFoundError
from qiangqu.telemetry.register import FACTORS_FILE

DATA = Path(__file__).with_name("data")
AIR_FLOW, WATER_FLOW, OXYGEN = "a00000", "w00000", "a19001"
WIND_SPEED, WIND_DIRECTION = "a01007", "a01008"
PH, NOISE = "w01001", "Leq"


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
    """The name, or the code itself when the dictionary does not have it (devices may send what nobody listed)."""
    found = factors().get(code)
    return found.name if found else code


def unit_of(code: str) -> str:
    found = factors().get(code)
    return found.unit if found else ""
