"""Whose a step is and who may see a case.

A *desk* (岗位) is worked out when a step opens: users of a role in an area, the users of an organisation, one
user, or the public. Who sits at it is asked anew each time, so a new colleague finds the work that waits.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.visibility import covers, holdings
from qiangqu.registry.models import KEEPERS, Area, Organisation, Post, Role, User
from qiangqu.registry.roles import Action, may

from .models import Case, Step, StepStatus

# while many cases are worked off in one go, who sits where is asked once: None outside of such a run
_memo: ContextVar[dict[Any, Any] | None] = ContextVar("cases_people_memo", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Within it areas and users of a desk are read once (a batch in one transaction)."""
    token = _memo.set({})
    try:
        yield
    finally:
        _memo.reset(token)


def _once(key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    memo = _memo.get()
    if memo is None:
        return make()
    if key not in memo:
        memo[key] = make()
    return memo[key]


@dataclass(frozen=True, slots=True)
class Desk:
    """Who is to do a step. ``staffed`` False: nobody sits there at present."""

    role: str = ""
    area: Area | None = None
    organisation: Organisation | None = None
    user: User | None = None
    public: bool = False
    staffed: bool = True


def desk_for(case: Case, by: Mapping[str, Any], data: Mapping[str, Any]) -> Desk:
    """The desk that a rule means for a case. A field that names nobody, and an area without such users, fall
    to the administrators above.
    """
    if by.get("public"):
        return Desk(public=True)
    if by.get("starter"):
        return Desk(user=case.opened_by) if case.opened_by else Desk(public=True)
    if "same_as" in by:
        return _same(case, by["same_as"])
    if "organisation" in by:
        found = Organisation.objects.filter(code=str(data.get(by["organisation"]) or "")[:60]).first()
        if found is not None and User.objects.posted(organisation=found).exists():
            return Desk(organisation=found)
        return _administrators(case)
    if "user" in by:
        person = User.objects.filter(username=str(data.get(by["user"]) or "")[:150], is_active=True).first()
        return Desk(user=person) if person and may(person, Action.HANDLE_CASES) else _administrators(case)
    return _role_desk(case, list(by["role"]), by.get("level", ""))


def _same(case: Case, node: str) -> Desk:
    done = case.steps.filter(node=node).exclude(done_by=None).order_by("-id").select_related("done_by").first()
    if done is not None and done.done_by is not None and done.done_by.is_active:
        return Desk(user=done.done_by)
    earlier = case.steps.filter(node=node).select_related("desk_area", "desk_organisation").order_by("-id").first()
    if earlier is None:
        return _administrators(case)
    return Desk(earlier.desk_role, earlier.desk_area, earlier.desk_organisation, public=earlier.for_public)


def _lineage(area: Area) -> list[Area]:
    """The area and those above it, from the nearest upwards."""
    codes = area.path.strip("/").split("/")
    found = _once(("areas", area.path), lambda: {one.code: one for one in Area.objects.filter(code__in=codes)})
    return [found[code] for code in reversed(codes) if code in found]


def _role_desk(case: Case, roles: list[str], level: str = "") -> Desk:
    lineage = _lineage(case.area)
    if level:
        at = next((n for n, area in enumerate(lineage) if area.level == level), 0)
        lineage = lineage[at:]
    posts = Post.objects.in_force().filter(area__in=lineage, role__in=roles).able(Action.HANDLE_CASES)
    seated = posts.order_by().values_list("area_id", "role")
    seats = _once(("seats", case.area.path, tuple(roles), level), lambda: set(seated.distinct()))
    for area in lineage:
        for role in roles:
            if (area.pk, role) in seats:
                return Desk(role, area)
    return _administrators(case)


def _administrators(case: Case) -> Desk:
    lineage = _lineage(case.area)
    for area in lineage:
        if User.objects.posted(area=area, role=Role.ADMIN).exists():
            return Desk(Role.ADMIN, area, staffed=False)
    return Desk(Role.ADMIN, lineage[-1] if lineage else None, staffed=False)


def escalation_desk(case: Case, roles: Iterable[str]) -> Desk:
    """Who is told when a step is overdue: the nearest area above (or at) the case's with users of one of
    ``roles``.
    """
    return _role_desk(case, list(roles))


def holds(user: Any, step: Step) -> bool:
    """Whether the user may do this step now: it is his, or it lies unclaimed on his desk."""
    if not may(user, Action.HANDLE_CASES) or step.status != StepStatus.OPEN:
        return False
    if step.assignee_id is not None:
        return bool(step.assignee_id == user.pk)
    return sits_at(user, step)


def sits_at(user: Any, step: Step) -> bool:
    """Whether the step's desk is one of the user's."""
    posts = holdings(user, Action.HANDLE_CASES)
    if step.desk_organisation_id is not None:
        return any(one.organisation_id == step.desk_organisation_id for one in posts)
    return bool(step.desk_role) and (step.desk_role, step.desk_area_id) in {(one.role, one.area_id) for one in posts}


def colleagues(step: Step) -> "QuerySet[User]":
    """Active users who sit at the step's desk."""
    if step.desk_organisation_id is not None:
        return User.objects.posted(organisation=step.desk_organisation_id).with_posts()
    if step.desk_role:
        posts = Post.objects.in_force().filter(role=step.desk_role, area=step.desk_area_id)
        return User.objects.filter(pk__in=posts.able(Action.HANDLE_CASES).values("user")).with_posts()
    return User.objects.none()


def staff(case: Case) -> "QuerySet[User]":
    """Active users to whom a step of the case can be handed or who can be asked: those whose area lies above
    or at the case's, or in its subtree.
    """
    codes = case.area.path.strip("/").split("/")
    posts = Post.objects.in_force().exclude(role__in=(Role.ENTERPRISE, *KEEPERS))
    on_line = posts.filter(Q(area__code__in=codes) | Q(area__path__startswith=case.area.path))
    return User.objects.filter(pk__in=on_line.values("user")).by_area()


def person_of(case: Case, username: str) -> User:
    """One of :func:`staff` by user name. Raises InputError."""
    found = staff(case).filter(username=username.strip()[:150]).first()
    if found is None or not may(found, Action.HANDLE_CASES):
        raise InputError("没有这个人，或这个人不能办理本区域的办件", where=username.strip()[:40])
    return found


def sitting(step: Step) -> list[User]:
    """The users of :func:`colleagues`, read once in a batch."""
    key = ("desk", step.desk_organisation_id, step.desk_role, step.desk_area_id)
    found: list[User] = _once(key, lambda: list(colleagues(step)))
    return found


def escalated_to(step: Step) -> list[User]:
    """Who was told that a step is overdue."""
    if not step.escalated_role:
        return []
    people = User.objects.posted(role=step.escalated_role, area=step.escalated_area_id).with_posts()
    found: list[User] = _once(("told", step.escalated_role, step.escalated_area_id), lambda: list(people))
    return found


def has_part(user: Any, case: Case) -> bool:
    """Whether the user has a part in the case: :meth:`Case.with_part`."""
    return may(user, Action.HANDLE_CASES) and Case.objects.filter(Case.with_part(user, case.pk), pk=case.pk).exists()


def may_see(user: Any, case: Case) -> bool:
    """Whether a case is one of those that the user may see: :meth:`Case.visible_to`."""
    return may(user, Action.HANDLE_CASES) and Case.objects.filter(Case.visible_to(user, case.pk), pk=case.pk).exists()


def case_for(user: Any, number: str) -> Case:
    """A case by its number. Raises NotFoundError for one that does not exist or that the user may not see:
    the two are not told apart.
    """
    found = (
        Case.objects.select_related("kind", "version", "area", "organisation", "opened_by")
        .filter(number=number[:30])
        .first()
    )
    if found is None or not may_see(user, found):
        raise NotFoundError("没有这个办件，或您不能查看它", where=number[:30])
    return found


def supervises(user: Any, case: Case) -> bool:
    """Whether the user may steer the case: reassign, suspend, urge."""
    return covers(user, case.area.path, Action.SUPERVISE_CASES)
