"""What every page and answer about the plan begins with: who looks, where, as of when; and the statuses that
follow from it.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import NotFoundError
from qiangqu.base.visibility import covers, is_own_only
from qiangqu.registry.access import require
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action

from .models import Plan, Target
from .progress import MeasureStatus, measure_statuses
from .rule import Shown, short_words, words
from .track import TargetStatus, counts, current_plan, rules_of, state_counts, status

View = Callable[..., HttpResponse]


@dataclass
class Scene:
    """One look at the plan: the plan, the area whose values are shown, the day."""

    user: Any
    plan: Plan
    area: Area
    day: dt.date

    @cached_property
    def statuses(self) -> list[TargetStatus]:
        return status(self.day, self.area, self.plan)

    @cached_property
    def measures(self) -> list[MeasureStatus]:
        return measure_statuses(self.plan, self.statuses, self.day)

    @cached_property
    def counts(self) -> dict[str, int]:
        return counts(self.statuses)

    @cached_property
    def state_counts(self) -> dict[Shown, int]:
        return state_counts(self.statuses)

    @cached_property
    def rule(self) -> tuple[str, ...]:
        """The rule of the states in sentences, to be printed beside them."""
        return words(rules_of(self.plan))

    @cached_property
    def simulated(self) -> bool:
        return any(one.shows_simulated for one in self.statuses)

    @cached_property
    def may_edit(self) -> bool:
        """Whether the user may change the plan itself: a planner whose area holds the plan's."""
        return may_edit_plan(self.user, self.plan)

    @cached_property
    def may_supervise(self) -> bool:
        """Whether the user may open supervised cases in the area."""
        return covers(self.user, self.area.path, Action.SUPERVISE_CASES)

    def status_of(self, code: str) -> TargetStatus:
        """Raises NotFoundError for a code that the plan does not have."""
        found = next((one for one in self.statuses if one.code == code), None)
        if found is None:
            raise NotFoundError(_("计划里没有这个目标"), where=code[:40])
        return found

    def target(self, code: str) -> Target:
        found = self.plan.targets.select_related("plan__area", "measure").filter(code=code.replace("\0", "")).first()
        if found is None:
            raise NotFoundError(_("计划里没有这个目标"), where=code[:40])
        return found

    def page(self, **more: Any) -> dict[str, Any]:
        """Context of a template."""
        return {
            "plan": self.plan,
            "shown_area": self.area,
            "day": self.day,
            "simulated": self.simulated,
            "may_edit": self.may_edit,
            "may_supervise": self.may_supervise,
            "rule": self.rule,
            "short_rule": short_words(rules_of(self.plan)),
        } | more


def may_edit_plan(user: Any, plan: Plan) -> bool:
    return covers(user, plan.area.path, Action.EDIT_PLAN)


def look(user: Any, area: Area | None, as_of: dt.date | None) -> Scene:
    """The scene of a signed-in user. Raises PermissionDenied for one who speaks for an enterprise or has no
    area, NotFoundError without plan.
    """
    if is_own_only(user) or area is None:
        raise PermissionDenied
    day = as_of or timezone.localdate()
    return Scene(user, current_plan(area, day), area, day)


def plan_page(action: Action = Action.VIEW_PLAN) -> Callable[[View], View]:
    """Decorator of a page: signed in, allowed ``action``, not an enterprise; the view's second argument is
    the :class:`Scene`.

    With EDIT_PLAN the user's area must hold the plan's.
    """

    def decorate(view: View) -> View:
        @require(action)
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            scene = look(request.user, request.area, request.as_of)  # type: ignore[attr-defined]
            if action == Action.EDIT_PLAN and not scene.may_edit:
                raise PermissionDenied
            return view(request, scene, *args, **kwargs)

        return guarded

    return decorate


def explain_url(code: str, area: str, period: str) -> str:
    """Address of the page that opens an indicator's value."""
    from urllib.parse import urlencode

    return f"/indicators/{code}/explain?{urlencode({'area': area, 'period': period})}"
