"""What the region itself states and enterprises do not report (assessments, accounts of the whole economy): simulated
only for elements of which nothing at all is published, so that every target of the plan shows something.
"""

import numpy as np

from qiangqu.base.errors import InputError
from qiangqu.base.periods import month, year

from .frame import Frame, Window
from .parameters import FILE, Parameters
from .yearly import Block

AREA = 1
REGION = 0  # the only position of the register of areas that the twin writes to


def regional_facts(parameters: Parameters, frame: Frame, window: Window) -> list[Block]:
    """A value for each full year; of what stands at a time also one for the window's last month, between the
    year's end before and its own.

    Raises InputError for an element that the pack does not have, or of which it has published figures of the
    region: those are never simulated.
    """
    rules = parameters.regional
    published = {figure.element for figure in frame.published if figure.area == frame.region}
    blocks = []
    for code, element in rules.elements.items():
        where = f"{FILE} regional.elements.{code}"
        if code not in frame.elements:
            raise InputError("没有这个统计要素", where=where)
        if code in published:
            raise InputError("有自治区的发布数，不能模拟", where=where)
        values = dict(zip(rules.years, element.values, strict=False))
        decimals = frame.elements[code].decimals
        told = {year(y).key: values[y] for y in window.full_years if y in values}
        now, part = window.last // 12, (window.last % 12 + 1) / 12
        if element.stands and part < 1 and now in values and now - 1 in values:
            reached = values[now - 1] + (values[now] - values[now - 1]) * part
            told[month(now, window.last % 12 + 1).key] = float(np.floor(reached * 10**decimals)) / 10**decimals
        if told:
            keys = np.array(list(told), dtype=np.int64)
            blocks.append(Block(code, AREA, np.zeros(len(keys), dtype=np.int64), keys, np.array(list(told.values()))))
    return blocks
