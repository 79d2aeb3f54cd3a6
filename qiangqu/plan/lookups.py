"""What the plan finds in the site's search."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from qiangqu.base.visibility import reach
from qiangqu.registry.roles import Action
from qiangqu.ui.search import Hit

from .models import Measure, Target


def find(text: str, user: Any, limit: int) -> Iterable[Any]:
    """Targets and measures by name or code, plans by document number."""
    if not reach(user, Action.VIEW_PLAN):
        return
    targets = Target.objects.filter(
        Q(name__contains=text) | Q(code__iexact=text) | Q(plan__document_number__contains=text)
    )
    for target in targets.select_related("plan")[:limit]:
        yield Hit(
            _("目标"), target.name, f"{target.code} · {target.plan.name}", reverse("plan-target", args=[target.code])
        )
    for measure in Measure.objects.filter(title__contains=text).select_related("plan")[:limit]:
        yield Hit(_("举措"), measure.title, measure.plan.name, reverse("plan-measure", args=[measure.no]))
