"""How a scenario's calculation stands, in words of its own (the columns are those of any job)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from qiangqu.ui.background import JobStatus

STANDING: dict[JobStatus, tuple[Any, str]] = {
    JobStatus.WAITING: (_("等待计算"), "blue"),
    JobStatus.CHECKING: (_("正在计算"), "blue"),
    JobStatus.READY: (_("已算出"), "green"),
    JobStatus.FAULTY: (_("已停止"), "amber"),
    JobStatus.CONFIRMED: (_("等待计算"), "blue"),
    JobStatus.IMPORTING: (_("正在计算"), "blue"),
    JobStatus.DONE: (_("已提出"), "green"),
    JobStatus.FAILED: (_("未能算出"), "red"),
    JobStatus.DROPPED: (_("已放弃"), "grey"),
}
RUNNING = (JobStatus.WAITING, JobStatus.CHECKING)


def standing(scenario: Any) -> str:
    """The word for how it stands."""
    return str(STANDING[JobStatus(scenario.status)][0])
