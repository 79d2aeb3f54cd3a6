"""The acts on a scenario: made, stopped, started again, saved with a site moved, proposed, given up."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.messaging.notify import notify_all
from qiangqu.plan import supervision
from qiangqu.records.acts import Act, Acts
from qiangqu.records.words import words_of
from qiangqu.registry.models import User
from qiangqu.registry.roles import Action, roles_with
from qiangqu.ui.background import JobStatus

from ..access import SITING_FOUND, keeps
from ..models import Scenario, SitingModel
from ..roads.travel import network_in_use, travel
from . import moving
from .points import demand_in, gathered, places_in, read_file
from .solving import SITINGS as WORK
from .words import RUNNING

SOLVED = (JobStatus.READY, JobStatus.DONE)

SITINGS = Acts(
    Scenario,
    "siting",
    may=lambda user, one: keeps(user, one.area.path),
    related=("area", "user", "network", "parent"),
    state="status",
    object_type="scenario",
)


def make(
    one: Scenario, user: Any, *, keep_kinds: Sequence[str] = (), candidate_kinds: Sequence[str] = (),
    demand_file: bytes | None = None, candidate_file: bytes | None = None,
) -> Scenario:  # fmt: skip
    """Keep a new scenario and begin to solve it. Raises PermissionDenied outside the user's areas, InputError for points
    that make none."""
    if not keeps(user, one.area.path):
        raise PermissionDenied
    demand = (
        read_file(demand_file, _("需求点文件")) if demand_file else demand_in(user, one.area, one.weighting)
    )  # fmt: skip
    kept = places_in(user, one.area, keep_kinds) if keep_kinds else []
    candidates = places_in(user, one.area, [kind for kind in candidate_kinds if kind not in keep_kinds])
    if candidate_file:
        candidates = [*candidates, *read_file(candidate_file, _("备选站址文件"))]
    points, notes = gathered(demand, kept, candidates)
    if one.model != SitingModel.COVER_ALL and not max(1, len(points.keep)) <= one.p <= len(points.sites):
        words = {"least": max(1, len(points.keep)), "most": len(points.sites), "kept": len(points.keep)}
        raise InputError(
            _("站点数应在 %(least)s—%(most)s 之间（其中保留的现有站点 %(kept)s 个）") % words, where=_("站点数")
        )
    with transaction.atomic():
        one.user, one.points, one.notes = user, points.packed(), notes
        one.network = network_in_use()
        one.basis = travel().basis[:120]
        one.save()
        SITINGS.log(user, "made", one, model=one.model, p=one.p, standard=one.standard, demand=len(points.names))
        WORK.start(one)
    return one


@SITINGS.declare("stopped", gettext_lazy("停止选址计算"), name="stop", states=RUNNING, said=gettext_lazy("已停止计算"))
def stop(act: Act[Scenario]) -> Scenario:
    """Stop the calculation; it can be started again."""
    act.record.status = JobStatus.FAULTY
    act.record.save(update_fields=["status"])
    return act.record


@SITINGS.declare(
    "restarted",
    gettext_lazy("重新计算选址"),
    name="restart",
    states=(JobStatus.FAULTY, JobStatus.FAILED),
    said=gettext_lazy("重新开始计算"),
)
def restart(act: Act[Scenario], seconds: int = 0) -> Scenario:
    """Begin again, perhaps with more time."""
    one = act.record
    if seconds:
        if not 1 <= seconds <= 3600:
            raise InputError(_("最长计算时间在 1—3600 秒之间"), where=_("最长计算时间"))
        one.seconds = seconds
    one.status, one.progress, one.error, one.worker, one.beat_at = JobStatus.WAITING, 0, "", "", None
    one.network = network_in_use()
    one.save()
    WORK.start(one)
    act.detail["seconds"] = one.seconds
    return one


@SITINGS.declare(
    "moved",
    gettext_lazy("移动站点另存方案"),
    name="save_moved",
    states=SOLVED,
    said=lambda made: _("已另存为：%(title)s") % {"title": made.title},
)
def save_moved(act: Act[Scenario], sites: str, title: str) -> Scenario:
    """Keep the sites as they were moved as a scenario of its own, beside this one."""
    one, title = act.record, words_of(title, _("名称"), 80, 1, lines=True)
    result = moving.result_of(one, sites)
    made = Scenario.objects.create(
        title=title, area=one.area, user=act.user, model=SitingModel.BY_HAND, p=len(result["sites"]),
        standard=one.standard, weighting=one.weighting, seconds=one.seconds, network=one.network, basis=one.basis,
        notes=one.notes, points=bytes(one.points), table=bytes(one.table), result=result, parent=one.parent or one,
        status=JobStatus.READY, progress=100, beat_at=timezone.now(), simulated=one.simulated,
    )  # fmt: skip
    act.detail |= {"scenario": made.pk, "title": title, "sites": sites[:500]}
    return made


@SITINGS.declare(
    "proposed",
    gettext_lazy("提出选址建议"),
    name="propose",
    states=(JobStatus.READY,),
    said=gettext_lazy("已提出，等待立项督办"),
)
def propose(act: Act[Scenario], reason: str) -> Scenario:
    """Put it forward; those who may make it a task are told."""
    one, reason = act.record, words_of(reason, _("原因"), 300, 2, lines=True)
    one.status, one.proposed_at = JobStatus.DONE, timezone.now()
    one.save(update_fields=["status", "proposed_at"])
    above = [part for part in one.area.path.split("/") if part]
    people = User.objects.posted(area__code__in=above, role__in=roles_with(Action.SUPERVISE_CASES))[:50]
    notify_all(
        people, _("选址建议：%(title)s") % {"title": one.title}, reason, reverse("siting", args=[one.pk]),
        topic="emergency", key=f"siting:{one.pk}", simulated=one.simulated,
    )  # fmt: skip
    act.detail["reason"] = reason
    return one


@SITINGS.declare(
    "dropped",
    gettext_lazy("放弃选址方案"),
    name="drop",
    states=(JobStatus.READY, JobStatus.FAULTY, JobStatus.FAILED),
    said=gettext_lazy("已放弃"),
)
def drop(act: Act[Scenario]) -> Scenario:
    """Give it up: it leaves the list."""
    act.record.status = JobStatus.DROPPED
    act.record.save(update_fields=["status"])
    return act.record


def proposal_at(user: Any, rest: str) -> supervision.Proposal:
    """What the supervised task out of a scenario (``5``) would say. Raises NotFoundError for one that is not solved."""
    one = SITING_FOUND.at(user, rest)
    if one is None or not one.result:
        raise NotFoundError(_("没有已算出的选址方案"), where=rest[:20])
    sites = "；".join(
        f"{site['name']}（{site['lon']:.5f}，{site['lat']:.5f}）" for site in one.result["sites"] if not site["kept"]
    )
    asked = (
        f"按选址方案“{one.title}”落实站点：{sites[:500] or '保留现有站点'}。"
        f"落实后 {one.standard:g} 分钟内可到达的占 {one.result['figures']['share']:g} %。请提出用地、人员和经费安排并报告进展。"
    )
    return supervision.proposed(
        f"siting:{one.pk}", one.title, asked, timezone.localdate(), None, area=one.area, simulated=one.simulated
    )


def related_to(one: Scenario, user: Any) -> list[Scenario]:
    """The scenarios to compare with: the same area and standard, the newest first, this one among them."""
    from ..listing import scenarios_of

    rows = scenarios_of(user).filter(area=one.area, standard=one.standard, status__in=SOLVED, weighting=one.weighting)
    found = list(rows.order_by("-pk")[:12])
    return found if one in found else [one, *found]
