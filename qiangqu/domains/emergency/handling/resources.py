"""Resources of an event 资源调用: asked for, handed over (supplies leave the stock), returned; who keeps them hands them
over. A team or a machine is with one event at a time, and no more is asked for than is there.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.messaging.notify import notify_all
from qiangqu.records.acts import Act, Acts
from qiangqu.records.words import words_of
from qiangqu.registry.models import User
from qiangqu.registry.roles import Action, roles_with

from ..access import commands, gives, place_of
from ..models import (
    EmergencyEquipment,
    EmergencyEvent,
    EntryKind,
    EventState,
    MovementKind,
    RequestKind,
    RequestState,
    RescueTeam,
    ResourceRequest,
    SupplyBatch,
)
from ..nearest import BUSY, free_equipment, free_supplies, free_teams, minutes_to
from ..roads.travel import travel
from ..stock import move
from .opening import EVENTS, OPEN, entry

FREE: dict[str, Any] = {"team": free_teams, "equipment": free_equipment, "supply": free_supplies}
HELD: dict[str, tuple[Any, str]] = {
    "team": (RescueTeam, "team"),
    "equipment": (EmergencyEquipment, "equipment"),
    "supply": (SupplyBatch, "batch"),
}

REQUESTS = Acts(
    ResourceRequest,
    "resource_request",
    may=gives,
    related=("event__area",),
    title="number",
    about=lambda one: one.event,
    object_type="emergency_event",
    lies_in=lambda one: one.event.area.path,
)


@EVENTS.declare(
    "requested",
    gettext_lazy("调用应急资源"),
    name="request_resource",
    states=OPEN,
    said=lambda one: _("已申请：%(what)s") % {"what": one.title},
)
def request_resource(act: Act[EmergencyEvent], kind: str, key: int, amount: int = 1, note: str = "") -> ResourceRequest:
    """Ask for a team, a machine or an amount of a batch; who keeps it is told. Raises NotFoundError for what is not
    there or not free, ConflictError when somebody was faster, InputError for more than there is."""
    event = act.record
    if kind not in FREE:
        raise InputError(_("请选择资源"), where=_("类别"))
    model, field = HELD[kind]
    # held until the end: of two events that want it one gets it
    model._default_manager.select_for_update(of=("self",)).filter(pk=key).first()
    thing = FREE[kind](act.user, timezone.localdate()).filter(pk=key).first()
    if thing is None:
        if model._default_manager.filter(pk=key).exists():
            raise ConflictError(_("该资源刚被其他事件调用，或已不可用，请刷新页面"), where=str(key))
        raise NotFoundError(_("没有这项资源"), where=str(key)[:20])
    many = amount if kind == RequestKind.SUPPLY else 1
    if many < 1 or (kind == RequestKind.SUPPLY and many > thing.free):
        words = {"free": thing.free if kind == RequestKind.SUPPLY else 1}
        raise InputError(_("数量应在 1—%(free)s 之间") % words, where=_("数量"))
    way = travel()
    minutes = minutes_to(event, [thing.place], way)[thing.place.pk]
    reached = minutes != float("inf")
    last = event.requests.order_by("-number").values_list("number", flat=True).first() or 0
    made = ResourceRequest.objects.create(
        event=event, number=last + 1, kind=kind, amount=many, minutes=round(minutes, 1) if reached else None,
        basis=way.basis[:80], asked_by=act.user, asked_at=timezone.now(), note=" ".join(note.split())[:200],
        simulated=event.simulated, **{field: thing},
    )  # fmt: skip
    entry(
        event,
        EntryKind.RESOURCE,
        _("申请调用：%(what)s，%(place)s") % {"what": made.title, "place": thing.place},
        act.user,
    )
    _tell_keepers(made)
    act.detail |= {"kind": kind, "what": made.title}
    return made


def _tell_keepers(request: ResourceRequest) -> None:
    """Who looks after the place, and the team itself, hear that something is wanted."""
    area = place_of(request).area
    people = list(User.objects.posted(area=area, role__in=roles_with(Action.KEEP_EMERGENCY))[:50])
    if request.team is not None and request.team.user is not None:
        people.append(request.team.user)
    words = {"what": request.title, "event": request.event.title}
    notify_all(
        people, _("应急调用：%(what)s") % words, _("事件：%(event)s。请尽快交付，或说明不能调用的原因。") % words,
        f"/emergency/requests/{request.pk}/", topic="emergency", key=f"resource:{request.pk}", simulated=request.simulated,
    )  # fmt: skip


def _held(request: ResourceRequest) -> Any:
    """What is asked for, held until the end of the act."""
    model, field = HELD[request.kind]
    return model._default_manager.select_for_update(of=("self",)).get(pk=getattr(request, f"{field}_id"))


@REQUESTS.declare(
    "handed",
    gettext_lazy("交付应急资源"),
    name="hand_over",
    states=(RequestState.ASKED,),
    said=lambda one: _("已交付：%(what)s") % {"what": one.title},
)
def hand_over(act: Act[ResourceRequest], receiver: str) -> ResourceRequest:
    """Hand it over to somebody; supplies leave the stock."""
    one = act.record
    if one.event.state != EventState.OPEN:
        raise ConflictError(_("事件响应已终止，不用再交付"), where=one.event.number)
    one.receiver = words_of(receiver, _("接收人"), 40, 1, lines=True)
    thing = _held(one)
    if one.batch_id is not None:
        move(thing, MovementKind.HANDED, -one.amount, act.user, one.event.number, request=one)
    one.state, one.handed_by, one.handed_at = RequestState.HANDED, act.user, timezone.now()
    one.save()
    words = {"what": one.title, "receiver": one.receiver}
    entry(one.event, EntryKind.RESOURCE, _("已交付：%(what)s，接收人%(receiver)s") % words, act.user)
    act.detail |= words
    return one


@REQUESTS.declare(
    "refused", gettext_lazy("不予调用"), name="refuse", may=lambda user, one: gives(user, one) or commands(user, one.event), states=(RequestState.ASKED,),
    said=gettext_lazy("已登记为未调用"),
)  # fmt: skip
def refuse(act: Act[ResourceRequest], reason: str) -> ResourceRequest:
    """It cannot be given, or is not needed any more; says why."""
    one = act.record
    one.note = words_of(reason, _("原因"), 200, 2, lines=True)
    one.state, one.closed_by, one.closed_at = RequestState.REFUSED, act.user, timezone.now()
    one.save()
    words = {"what": one.title, "reason": one.note}
    entry(one.event, EntryKind.RESOURCE, _("未调用：%(what)s（%(reason)s）") % words, act.user)
    act.detail |= words
    return one


@REQUESTS.declare(
    "returned",
    gettext_lazy("归还应急资源"),
    name="give_back",
    states=(RequestState.HANDED,),
    said=lambda one: _("已归还：%(what)s") % {"what": one.title},
)
def give_back(act: Act[ResourceRequest], returned: int = 0, note: str = "") -> ResourceRequest:
    """It has come back; of supplies ``returned`` go into the stock again, the rest was used up."""
    one = act.record
    if not 0 <= returned <= one.amount:
        raise InputError(_("归还数量应在 0—%(most)s 之间") % {"most": one.amount}, where=_("归还数量"))
    thing = _held(one)
    if one.batch_id is not None and returned:
        move(thing, MovementKind.RETURNED, returned, act.user, one.event.number, request=one)
    one.returned = returned if one.batch_id is not None else None
    one.note = " ".join(note.split())[:200] or one.note
    one.state, one.closed_by, one.closed_at = RequestState.RETURNED, act.user, timezone.now()
    one.save()
    used = _("，用去 %(n)s") % {"n": one.amount - returned} if one.batch_id is not None else ""
    entry(one.event, EntryKind.RESOURCE, _("已归还：%(what)s%(used)s") % {"what": one.title, "used": used}, act.user)
    act.detail |= {"what": one.title, "returned": one.returned}
    return one


def out(event: EmergencyEvent) -> int:
    """How many of the event's requests are not finished."""
    return event.requests.filter(state__in=BUSY).count()


def drop_asked(event: EmergencyEvent, user: Any) -> None:
    """When an event ends, what was asked for and not handed over is not needed any more; in the caller's transaction."""
    with transaction.atomic():
        for one in event.requests.filter(state=RequestState.ASKED):
            one.state, one.closed_by, one.closed_at = RequestState.REFUSED, user, timezone.now()
            one.note = _("响应已终止，不再需要")
            one.save()
