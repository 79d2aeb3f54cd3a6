"""Who is told of what in reporting and importing: every change that somebody waits for reaches him.

The enterprise's users hear what became of their report; those who examine (the nearest area above with such
people) what was handed in.
"""

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from qiangqu.messaging.notify import notify, notify_all
from qiangqu.registry.models import Area, User
from qiangqu.registry.nearest import nearest_staff, users_of
from qiangqu.registry.roles import Action
from qiangqu.ui.models import RegisterImport

from .models import ImportJob, JobStatus, Report

TOPIC = "reports"


def address_of(name: str, *args: Any) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:  # a node without the pages
        return ""


def _names(report: Report) -> dict[str, str]:
    return {"form": report.form.name, "period": report.period.label, "unit": str(report.organisation)}


# ---------------------------------------------------------------- one report


def examiners(area: Area) -> list[User]:
    """Those who examine reports of enterprises in ``area``: of the nearest area, upwards from there, that has
    such people.
    """
    return nearest_staff(area, Action.IMPORT_FACTS)


def submitted(report: Report) -> None:
    """Handed in: whoever examines it."""
    subject = _("待审核：%(form)s %(period)s（%(unit)s）") % _names(report)
    notify_all(examiners(report.organisation.area), subject, "", address_of("facts-report", report.pk), topic=TOPIC)


def returned(report: Report, reason: str) -> None:
    """Sent back: the enterprise, with the reason."""
    subject = _("填报被退回：%(form)s %(period)s") % _names(report)
    notify_all(users_of(report.organisation_id), subject, reason, _own(report), topic=TOPIC)


def approved(report: Report) -> None:
    """Taken in: the enterprise."""
    subject = _("填报已通过：%(form)s %(period)s") % _names(report)
    notify_all(users_of(report.organisation_id), subject, "", _own(report), topic=TOPIC)


def reopened(report: Report) -> None:
    """A correction has begun: whoever examined it, since the figures will change."""
    subject = _("企业更正填报：%(form)s %(period)s（%(unit)s）") % _names(report)
    notify_all(examiners(report.organisation.area), subject, "", address_of("facts-report", report.pk), topic=TOPIC)


def _own(report: Report) -> str:
    return address_of("facts-report-fill", report.form.code, report.period.code)


# ---------------------------------------------------------------- imports


def on_job_ended(sender: Any, job: Any, status: str, error: str, **_more: Any) -> None:
    """Receiver of ``job_ended``; jobs of other kinds are told of by their own part."""
    if isinstance(job, ImportJob | RegisterImport):
        import_ended(job, status, error)


def import_ended(job: ImportJob | RegisterImport, status: str, error: str) -> None:
    """A check or an import has ended: whoever sent the file, who may have gone away meanwhile."""
    words = {"name": job.file_name}
    subjects = {
        JobStatus.READY: _("已检查，请确认导入：%(name)s") % words,
        JobStatus.FAULTY: _("文件有误，未导入：%(name)s") % words,
        JobStatus.FAILED: _("导入失败：%(name)s") % words,
        JobStatus.DONE: _("导入完成：%(name)s") % words,
    }
    subject = subjects.get(JobStatus(status))
    if subject:
        page = "facts-import" if isinstance(job, ImportJob) else f"{job.register}-import-job"
        key = f"import:{job._meta.label_lower}:{job.pk}:{status}"
        notify(job.user, subject, error[:500], address_of(page, job.token), topic="imports", key=key)
