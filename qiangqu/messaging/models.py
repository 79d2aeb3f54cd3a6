"""Messages to people, how each wants them, what is on its way out, and when periodic jobs ran."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.crypto import EncryptedTextField
from qiangqu.base.identity import Stays
from qiangqu.base.terms import LongTermField, TermField

USER = settings.AUTH_USER_MODEL


class Message(models.Model):
    """Message 消息: what a user finds on the site. ``topic`` groups them (``cases``, ``alarms``); ``key``
    keeps the same message from coming twice.
    """

    user = models.ForeignKey(USER, models.CASCADE, related_name="messages", verbose_name=_("用户"))
    topic = models.CharField(_("类别"), max_length=20, blank=True)
    subject = TermField(_("标题"), max_length=200)
    text = LongTermField(_("内容"), max_length=2000, blank=True)
    url = models.CharField(_("链接"), max_length=300, blank=True)
    key = models.CharField(max_length=120, blank=True)
    simulated = models.BooleanField(_("模拟数据"), default=False)
    at = models.DateTimeField(_("时间"))
    read_at = models.DateTimeField(_("阅读时间"), null=True, blank=True)

    seen_by = "user"
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("消息")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "-id"], name="message_by_user"),
            models.Index(fields=["user"], name="message_unread", condition=models.Q(read_at=None)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], condition=~models.Q(key=""), name="message_once")
        ]

    def __str__(self) -> str:
        return self.subject


class When(models.TextChoices):
    NEVER = "never", _("不发")
    AT_ONCE = "at_once", _("立即")
    DAILY = "daily", _("每日一次汇总")


class Robot(models.TextChoices):
    WECOM = "wecom", _("企业微信")
    DINGTALK = "dingtalk", _("钉钉")


class Preference(models.Model):
    """Preference 接收方式: how a user wants his messages besides the site. The key of a robot is in its
    address: it is a secret.
    """

    user = models.OneToOneField(USER, models.CASCADE, related_name="preference", verbose_name=_("用户"))
    mail = models.CharField(_("电子邮件"), max_length=8, choices=When, default=When.NEVER)
    robot = models.CharField(_("群机器人"), max_length=8, choices=When, default=When.NEVER)
    robot_kind = models.CharField(_("机器人种类"), max_length=8, choices=Robot, default=Robot.WECOM)
    robot_url = EncryptedTextField(_("机器人地址"), max_length=300, blank=True)
    robot_secret = EncryptedTextField(_("加签密钥"), max_length=120, blank=True)
    muted = models.JSONField(_("不外发的类别"), default=list, blank=True)
    digested_at = models.DateTimeField(null=True, blank=True)

    seen_by = "user"
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("接收方式")


class Way(models.TextChoices):
    MAIL = "mail", _("电子邮件")
    ROBOT = "robot", _("群机器人")


class Delivery(models.Model):
    """Delivery 外发: one message on its way to one place; tried again with growing gaps, given up after
    :data:`~.delivery.TRIES`.
    """

    user = models.ForeignKey(USER, models.CASCADE, related_name="+", verbose_name=_("用户"))
    way = models.CharField(_("方式"), max_length=8, choices=Way)
    subject = models.CharField(_("标题"), max_length=200)
    text = models.TextField(_("内容"))
    next_at = models.DateTimeField(_("下次发送"), null=True)
    tries = models.PositiveSmallIntegerField(_("次数"), default=0)
    sent_at = models.DateTimeField(_("发出时间"), null=True, blank=True)
    failure = models.CharField(_("未能发出的原因"), max_length=300, blank=True)

    seen_by = "user"
    travels_by = Stays.ACCOUNT

    class Meta:
        verbose_name = _("外发")
        ordering = ["id"]
        indexes = [models.Index(fields=["next_at"], name="delivery_due")]


class JobRun(models.Model):
    """Job run 定时任务: when a periodic job is due next and how its last run went."""

    name = models.CharField(_("任务"), max_length=60, primary_key=True)
    next_at = models.DateTimeField(_("下次运行"), db_index=True)
    ran_at = models.DateTimeField(_("上次运行"), null=True, blank=True)
    said = models.CharField(_("结果"), max_length=300, blank=True)
    failure = models.CharField(_("失败原因"), max_length=300, blank=True)

    inner = True
    travels_by = Stays.WORK

    class Meta:
        verbose_name = _("定时任务")
        ordering = ["name"]
