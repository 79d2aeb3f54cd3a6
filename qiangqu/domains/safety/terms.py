"""The words of safety: grades and states of inspections, hazards, risks, work permits; who supervises what.

Kinds of special work are those of GB 30871, grades of hazards those of 总局令第16号 article 3, kinds of supervision those of
《安全生产法》 article 3 (三管三必须).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Grade(models.TextChoices):
    """Risk grade 风险等级. The words themselves are the strata in the files of a draw, which people read."""

    MAJOR = "重大", _("重大")
    LARGE = "较大", _("较大")
    GENERAL = "一般", _("一般")
    LOW = "低", _("低")


class DrawState(models.TextChoices):
    PREPARED = "prepared", _("编制中")
    COMMITTED = "committed", _("已承诺")
    DRAWN = "drawn", _("已抽取")
    OPENED = "opened", _("检查中")
    PUBLISHED = "published", _("已公示")
    VOID = "void", _("作废")


class Outcome(models.TextChoices):
    """How a visit ended 检查结果; the words are those in which results are published."""

    NONE = "none", _("未发现问题")
    FIXED = "fixed", _("发现问题当场改正")
    RECTIFY = "rectify", _("责令限期改正")
    BREACH = "breach", _("涉嫌违法，移送处理")
    GONE = "gone", _("查无下落或已停业")
    REFUSED = "refused", _("拒绝或阻碍检查")


class HazardGrade(models.TextChoices):
    """The two classes of 总局令第16号 article 3."""

    GENERAL = "general", _("一般隐患")
    MAJOR = "major", _("重大隐患")


class Found(models.TextChoices):
    """How a hazard was found."""

    INSPECTION = "inspection", _("检查")
    SELF_CHECK = "self_check", _("企业自查")
    SENSOR = "sensor", _("监测报警")
    CITIZEN = "citizen", _("群众举报")
    PERMIT = "permit", _("特殊作业")


class HazardState(models.TextChoices):
    OPEN = "open", _("待整改")
    RECTIFIED = "rectified", _("待复查")
    CLOSED = "closed", _("已销号")
    VOID = "void", _("已撤销")


class Verdict(models.TextChoices):
    MET = "met", _("符合")
    NOT_MET = "not_met", _("不符合")
    NOT_APPLICABLE = "na", _("不适用")


class Method(models.TextChoices):
    LEC = "lec", _("LEC 法")
    MATRIX = "matrix", _("风险矩阵")


class RiskLevel(models.TextChoices):
    """Four levels, four colours: red, orange, yellow, blue."""

    RED = "red", _("重大风险（红）")
    ORANGE = "orange", _("较大风险（橙）")
    YELLOW = "yellow", _("一般风险（黄）")
    BLUE = "blue", _("低风险（蓝）")


class UnitKind(models.TextChoices):
    PRODUCTION = "production", _("生产单元")
    STORAGE = "storage", _("储存单元")


class PermitKind(models.TextChoices):
    """The eight kinds of GB 30871."""

    HOT_WORK = "hot_work", _("动火作业")
    CONFINED_SPACE = "confined_space", _("受限空间作业")
    BLIND_PLATE = "blind_plate", _("盲板抽堵作业")
    HEIGHT = "height", _("高处作业")
    LIFTING = "lifting", _("吊装作业")
    TEMPORARY_POWER = "temporary_power", _("临时用电作业")
    EXCAVATION = "excavation", _("动土作业")
    ROAD_BREAK = "road_break", _("断路作业")


class PermitState(models.TextChoices):
    APPLIED = "applied", _("办理中")
    APPROVED = "approved", _("已批准")
    WORKING = "working", _("作业中")
    SUSPENDED = "suspended", _("已暂停")
    EXPIRED = "expired", _("已超期")
    CLOSED = "closed", _("已关闭")
    CANCELLED = "cancelled", _("已取消")


class StepKind(models.TextChoices):
    ISOLATION = "isolation", _("隔离")
    MEASURE = "measure", _("安全措施")
    SIGN = "sign", _("签字")


class DutyKind(models.TextChoices):
    """管行业、管业务、管生产经营必须管安全: of each trade exactly one of each is wanted."""

    TRADE = "trade", _("行业主管（管行业）")
    BUSINESS = "business", _("业务主管（管业务）")
    OPERATION = "operation", _("属地监管（管生产经营）")
