"""The kind of case that supervision follows (``kinds/supervision``), and what its code relies on."""

from pathlib import Path

from qiangqu.cases.contracts import Contract, Need, Work

SUPERVISION = "supervision"
REPORT, REPORT_LATE, JUDGE = "report", "report_late", "judge"
CLOSE, RETURN = "close", "return"

_REPORTING = {"progress": Need("integer")}
CONTRACT = Contract(
    SUPERVISION,
    "督查督办",
    Path(__file__).parent / "kinds" / SUPERVISION,
    opening={
        "title": Need(longest=120),
        "unit": Need(format="organisation"),
        "unit_name": Need(longest=120),
        "supporting": Need(longest=300),
        "requirement": Need(longest=1000),
        "milestones": Need(longest=1200),
        "deadline": Need(format="date"),
        "progress": Need("integer"),
        "plan": Need(longest=60),
        "target_state": Need(
            values=("done", "on_track", "at_risk", "off_track", "no_data"),
            always=False,
            formerly={
                "已完成": "done", "正常": "on_track", "预警": "at_risk", "滞后": "off_track", "待更新": "stale", "无数据": "no_data",
            },
        ),
    },
    steps={
        REPORT: Work(_REPORTING, {"organisation": "unit"}),
        REPORT_LATE: Work(_REPORTING, {"organisation": "unit"}, optional=True),
        JUDGE: Work({"verdict": Need(values=(CLOSE, RETURN), formerly={"办结销号": CLOSE, "退回重报": RETURN})}),
    },
    settings={"due_field": "deadline"},
)  # fmt: skip
