"""Scores of risk points: the values that LEC and the matrix have, D with its bands, and levels by where a scheme lets them
begin. Which scheme holds is an area's matter: no national text was found that says it.
"""

import csv
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _


@cache
def _scores() -> dict[str, dict[float, str]]:
    """The values of L, E and C with their words (``data/lec_scores.csv``); of D the bands by where they begin."""
    found: dict[str, dict[float, str]] = {"L": {}, "E": {}, "C": {}, "D": {}}
    with (Path(__file__).parent / "data" / "lec_scores.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = row["d_min"] or "0" if row["factor"] == "D" else row["score"]
            found[row["factor"]][float(key)] = row["meaning_zh"]
    return found


def values_of(factor: str) -> dict[float, str]:
    """The values that a factor (L, E, C) may have, with their words.

    >>> values_of("E")[6.0]
    '每天工作时间内暴露'
    """
    return _scores()[factor]


def band_of(score: float) -> str:
    """The words of LEC for a score D: the band that begins highest below it. D 320 itself, which the source puts in no
    band ("above 320", "160 to 320"), is in the graver one.

    >>> band_of(540), band_of(320), band_of(90), band_of(3)
    ('极其危险,停止作业', '极其危险,停止作业', '显著危险,需整改', '稍有危险,可接受')
    """
    bands = _scores()["D"]
    return bands[max(least for least in bands if least <= score)]


def fault_of(method: str, likelihood: float, exposure: float | None, consequence: float) -> tuple[str, str]:
    """(field, sentence) of the first value that the method does not have; ("", "") for none.

    >>> fault_of("lec", 3, 6, 15), fault_of("matrix", 3, None, 5), fault_of("matrix", 2.5, None, 5)[0]
    (('', ''), ('', ''), 'likelihood')
    """
    if method == "matrix":
        for name, value in (("likelihood", likelihood), ("consequence", consequence)):
            if value not in (1, 2, 3, 4, 5):
                return name, _("矩阵取 1—5 的整数")
        return "", ""
    for name, factor, number in (("likelihood", "L", likelihood), ("exposure", "E", exposure), ("consequence", "C", consequence)):  # fmt: skip
        if number is None or number not in values_of(factor):
            known = "、".join(f"{one:g}" for one in sorted(values_of(factor), reverse=True))
            return name, _("LEC 法这一项只能取 %(known)s") % {"known": known}
    return "", ""


def score_of(method: str, likelihood: float, exposure: float | None, consequence: float) -> float:
    """D = L·E·C, or likelihood times severity.

    >>> score_of("lec", 3, 6, 15), score_of("matrix", 4, None, 5)
    (270.0, 20.0)
    """
    return float(likelihood * consequence * (1.0 if method == "matrix" else exposure or 0.0))


def level_of(score: float, red: float, orange: float, yellow: float) -> str:
    """The level by where red, orange and yellow begin.

    >>> [level_of(d, 320, 160, 70) for d in (320, 319, 160, 70, 69)]
    ['red', 'orange', 'orange', 'yellow', 'blue']
    """
    return "red" if score >= red else "orange" if score >= orange else "yellow" if score >= yellow else "blue"
