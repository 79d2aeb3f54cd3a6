from django.db import models
from django.utils.translation import gettext_lazy as _

from qiangqu.base.terms import TermField
from qiangqu.registry.roles import Action

from .plan import Plan


class AssessmentRule(models.Model):
    """Assessment rule 考核规则: so many points for every supervised case of a sort; comes from the pack's
    ``supervision.yaml``.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="assessment_rules", verbose_name=_("计划"))
    code = models.CharField(_("计数"), max_length=20)
    name = TermField(_("名称"), max_length=60)
    points = models.FloatField(_("每件分值"))

    common_knowledge = True
    seen_with = Action.VIEW_PLAN
    travels_by = ("plan", "code")

    class Meta:
        verbose_name = _("考核规则")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="assessment_rule_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.points:+g}"
