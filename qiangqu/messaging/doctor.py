"""What can be wrong with the background work and with mail."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.core.mail import get_connection
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from qiangqu.base.doctor import Finding, error, warning
from qiangqu.base.jobs import jobs

from . import mail as sending
from .models import Delivery, JobRun, Preference, When

#: the worker takes up a job every ten seconds; while one takes long, the other thread goes on
STOPPED = dt.timedelta(minutes=5)
LATE = dt.timedelta(hours=3)
PATIENCE = 5  # seconds


def worker(now: dt.datetime) -> Iterable[Finding]:
    """Whether the background work goes on, and which of it fails."""
    known = {job.name: job for job in jobs()}
    runs = JobRun.objects.filter(name__in=known)
    last = runs.aggregate(at=Max("ran_at"))["at"]
    if last is None:
        yield error(
            _(
                "后台处理从来没有运行过，定时任务都没有人做：请启动 qiangqu worker，如 systemctl enable --now qiangqu@worker"
            )
        )
        return
    if now - last > STOPPED:
        yield error(
            _(
                "后台处理没有在运行（最近一次是 %(at)s），期限、报警和消息都停着：请启动它，如 systemctl start qiangqu@worker"
            ),
            at=f"{timezone.localtime(last):%Y-%m-%d %H:%M}",
        )
        return
    for run in runs.order_by("name"):
        if run.failure:
            yield warning(_("定时任务 %(name)s 上次没有做成：%(reason)s"), name=run.name, reason=run.failure)
        elif run.next_at < now - LATE:
            yield warning(
                _("定时任务 %(name)s 从 %(at)s 起就该做而没有做：请重新启动后台处理，如 systemctl restart qiangqu@worker"),
                name=run.name, at=f"{timezone.localtime(run.next_at):%Y-%m-%d %H:%M}",
            )  # fmt: skip


def mail(now: dt.datetime) -> Iterable[Finding]:
    """Whether those who want mail get it."""
    if not sending.works():
        wanting = Preference.objects.exclude(mail=When.NEVER).filter(user__is_active=True).count()
        if wanting:
            yield error(
                _(
                    "有 %(count)s 位用户要收邮件，却没有配置邮件服务器：请设置 QIANGQU_SMTP_HOST（见 docs/operations/settings.md）"
                ),
                count=wanting,
            )
        return
    if not settings.QIANGQU_BASE_URL:
        yield warning(_("邮件里的链接没有站点地址，打不开：请设置 QIANGQU_BASE_URL，如 https://zone.example.cn"))
    given_up = Delivery.objects.filter(sent_at=None, next_at=None).exclude(failure="")
    newest = given_up.order_by("-pk").first()
    if newest is not None:
        yield warning(
            _("有 %(count)s 条外发消息多次发送都没有成功，已放弃（最近的原因：%(reason)s）"),
            count=given_up.count(), reason=newest.failure,
        )  # fmt: skip


def mail_server(now: dt.datetime) -> Iterable[Finding]:
    """Whether the mail server lets this node in."""
    if not sending.works():
        return
    connection = get_connection(timeout=PATIENCE)
    try:
        connection.open()
    except (OSError, ValueError) as failure:  # smtplib's errors are OSErrors
        yield error(
            _("邮件服务器 %(host)s:%(port)s 连不上或不接受账号（%(reason)s）：请检查 QIANGQU_SMTP_ 开头的设置"),
            host=settings.EMAIL_HOST, port=settings.EMAIL_PORT, reason=str(failure)[:200],
        )  # fmt: skip
    else:
        connection.close()
