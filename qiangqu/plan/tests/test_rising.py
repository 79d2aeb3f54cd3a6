"""A cumulative target needs a formula that cannot fall."""

import pytest

from qiangqu.formulas.catalog import Catalog, ElementInfo, IndicatorInfo
from qiangqu.plan.rising import why_falling

ELEMENTS = {
    "tasks": ElementInfo(1, "tasks", "任务", "个", "flow", "sum"),
    "scenes": ElementInfo(2, "scenes", "场景", "个", "level", "none"),
    "growth": ElementInfo(3, "growth", "增速", "%", "rate", "none"),
}


def catalog(formula: str, unit: str = "个") -> Catalog:
    return Catalog(
        ELEMENTS,
        {
            "asked": IndicatorInfo("asked", "被问的", unit, formula),
            "summed": IndicatorInfo("summed", "累计", "个", "since(best(tasks), 2023)"),
            "yearly": IndicatorInfo("yearly", "当年", "个", "best(tasks)"),
        },
        {"lab": "实验室"},
        {"challenge": "攻关"},
    )


@pytest.mark.parametrize(
    "formula",
    [
        "since(best(tasks), 2023)",
        "COALESCE(since(official(tasks), 2023), since(projects('challenge', 'started'), 2023))",
        "COALESCE(since(official(tasks), 2023), recognised_since('lab', 2023))",
        "recognised_since('lab', 2023) + indicator(summed)",
        "ROUND(since(total(tasks), 2023) * 2 / 3, 0)",
        "GREATEST(indicator(summed), recognised_since('lab', 2020)) - 3",
        "since(CASE WHEN total(tasks) > 3 THEN total(tasks) ELSE 0 END, 2023)",
    ],
)
def test_what_cannot_fall(formula) -> None:
    assert why_falling(catalog(formula), "asked") == ""


@pytest.mark.parametrize(
    "formula",
    [
        "COALESCE(since(official(tasks), 2023), projects('challenge', 'started'))",
        "best(tasks)",
        "official(scenes)",
        "COALESCE(official(scenes), recognised_since('lab', 2023))",
        "holders('lab')",
        "projects('challenge')",
        "indicator(yearly)",
        "since(best(tasks), 2023) - recognised_since('lab', 2023)",
        "since(best(tasks) - lag(best(tasks), 1), 2023)",
        "CASE WHEN total(tasks) > 3 THEN since(total(tasks), 2023) ELSE 0 END",
        "3 - since(best(tasks), 2023)",
        "-since(best(tasks), 2023)",
        "since(best(tasks), 2023) * holders('lab') / holders('lab')",
        "indicator(summed) + holders('lab')",
    ],
)
def test_what_can_fall(formula) -> None:
    why = why_falling(catalog(formula), "asked")
    assert "被问的" in why and "since" in why


def test_growth_summed_up_can_fall() -> None:
    assert why_falling(catalog("since(official(growth), 2023)", "%"), "asked")


def test_a_formula_that_cannot_be_read_is_said_elsewhere() -> None:
    assert why_falling(catalog("nonsense("), "asked") == ""
