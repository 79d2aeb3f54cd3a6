"""Who may do what, and how records are found."""

from typing import Any

from qiangqu.base.visibility import covers, reach, within
from qiangqu.records.finding import Findable
from qiangqu.registry.models import Post, User
from qiangqu.registry.roles import Action, roles_with

from .models import EmergencyDrill, EmergencyEvent, EventCall, ResourceRequest, Scenario, SupplyBatch

EVENT_FOUND = Findable(
    model=EmergencyEvent,
    page="emergency-event",
    related=("area", "plan", "organisation", "opened_by"),
    search=("number", "title", "place"),
    detail=lambda one: f"{one.area} · {one.get_state_display()}",
    beside=("area",),
)
DRILL_FOUND = Findable(
    model=EmergencyDrill,
    page="emergency-drill",
    related=("area", "plan", "made_by"),
    detail=lambda one: f"{one.area} · {one.held_on}",
    beside=("area",),
)
BATCH_FOUND = Findable(
    model=SupplyBatch,
    page="supply-batch",
    related=("item", "place__area"),
    search=("code",),
    detail=lambda one: str(one.place),
)
REQUEST_FOUND = Findable(
    model=ResourceRequest,
    page="resource-request",
    related=(
        "event__area", "team__place__area", "equipment__place__area", "batch__place__area", "batch__item", "asked_by", "handed_by",
        "closed_by",
    ),
    search=("note",),
    detail=lambda one: one.event.title,
)  # fmt: skip
SITING_FOUND = Findable(
    model=Scenario,
    page="siting",
    related=("area", "user", "network", "parent"),
    detail=lambda one: f"{one.area} · {one.get_model_display()}",
    beside=("area",),
    unread=("points", "table"),
)


def commands(user: Any, event: EmergencyEvent) -> bool:
    """Whether the user commands there."""
    return covers(user, event.area.path, Action.COMMAND_EMERGENCY)


def keeps(user: Any, path: str) -> bool:
    """Whether the user keeps what lies in the area at ``path``."""
    return covers(user, path, Action.KEEP_EMERGENCY)


def is_called(user: Any, event: EmergencyEvent) -> bool:
    """Whether the user was called to the event."""
    return EventCall.objects.filter(event=event, user=user.pk).exists()


def place_of(request: ResourceRequest) -> Any:
    """The place from which what is asked for comes."""
    return request.thing.place


def gives(user: Any, request: ResourceRequest) -> bool:
    """Whether the user hands over what is asked for."""
    return keeps(user, place_of(request).area.path)


def accounts(user: Any, kept: int | None) -> Any:
    """Accounts that may be called from a list that ``user`` keeps: people of his areas and above who may see
    emergencies; ``kept``: the one that is there already."""
    tops = reach(user, Action.KEEP_EMERGENCY)
    above = {part for top in tops for part in top.split("/") if part}
    posts = Post.objects.in_force().filter(role__in=roles_with(Action.EMERGENCY))
    posts = posts.filter(within("area__path", tops)) | posts.filter(area__code__in=above)
    return User.objects.filter(pk__in=posts.values("user")) | User.objects.filter(pk=kept)
