"""Who may do what with rounds, and how they are found."""

from typing import Any

from qiangqu.base.visibility import covers, holdings, trail
from qiangqu.records.acts import Acts
from qiangqu.records.finding import Findable
from qiangqu.registry.models import Area, Organisation, User
from qiangqu.registry.roles import Action

from .models import Round, ZoneResult

ROUND_FOUND = Findable(
    model=Round,
    page="assessment-round",
    related=("area", "edition", "opened_by"),
    search=("number", "title", "document"),
    detail=lambda one: f"{one.area} · {one.get_state_display()}",
    beside=("area",),
)
ZONE_FOUND = Findable(
    model=ZoneResult,
    page="assessment-zone",
    related=("area", "round__area", "round__edition", "accepted_by"),
    search=("area__name", "area__code"),
    detail=lambda one: str(one.round),
    beside=("area", "round"),
)


def runs(user: Any, one: Round) -> bool:
    """Whether the user holds the round."""
    return covers(user, one.area.path, Action.RUN_ASSESSMENT)


def speaks_for(user: Any, result: ZoneResult) -> bool:
    """Whether the user speaks for the zone itself."""
    return covers(user, result.area.path, Action.OBJECT_ASSESSMENT)


def his_own(user: Any, area: Area) -> bool:
    """Whether the zone is the user's own: a post of his is in it, or of a body that lies in it."""
    posts = holdings(user)
    if any(one.path and one.path.startswith(area.path) for one in posts):
        return True
    bodies = {one.organisation_id for one in posts if one.organisation_id is not None}
    return bool(bodies) and Organisation.objects.filter(pk__in=bodies, area__path__startswith=area.path).exists()


def may_mark(user: Any, result: ZoneResult) -> bool:
    """Whether the user is an expert of the round for this zone: never for his own."""
    return covers(user, result.round.area.path, Action.MARK_ASSESSMENT) and not his_own(user, result.area)


def people_of(area: Area) -> list[User]:
    """Who speaks for a zone, by accounts."""
    return list(User.objects.posted(Action.OBJECT_ASSESSMENT, area__path__in=trail(area.path)))


def holders_of(one: Round) -> list[User]:
    """Who holds a round, by accounts."""
    return list(User.objects.posted(Action.RUN_ASSESSMENT, area__path__in=trail(one.area.path)))


class OfRound(Acts[ZoneResult]):
    """Acts on a zone of a round: the round is locked first, for the marks of one zone move the places of all."""

    def locked(self, pk: Any) -> ZoneResult:
        held = ZoneResult.objects.filter(pk=pk).values("round")
        list(Round.objects.select_for_update().filter(pk__in=held).values_list("pk"))
        return super().locked(pk)


ROUNDS = Acts(Round, "assessment_round", may=runs, related=("area", "edition"), lies_in=lambda one: one.area.path)
ZONES = OfRound(
    ZoneResult,
    "assessment_zone",
    may=lambda user, one: runs(user, one.round),
    related=("area", "round__area", "round__edition"),
)
