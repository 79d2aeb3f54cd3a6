"""Who may do what with draws and visits, and how they are found."""

from typing import Any

from qiangqu.base.visibility import covers, own_organisations, path_of
from qiangqu.records.finding import Findable
from qiangqu.registry.roles import Action

from .models.inspections import Draw, Visit

DRAW_FOUND = Findable(
    model=Draw,
    page="draw",
    related=("area", "prepared_by", "committed_by", "drawn_by"),
    search=("number", "title"),
    detail=lambda one: f"{one.area} · {one.get_state_display()}",
    beside=("area",),
    unread=("subjects_file", "inspectors_file", "conflicts_file", "nonce"),
)
VISIT_FOUND = Findable(
    model=Visit,
    page="visit",
    related=("draw__area", "organisation", "entered_by"),
    detail=lambda one: one.draw.title,
)


def answers_for(user: Any, record: Any, action: str) -> bool:
    """Whether the user speaks for the record's organisation, or looks after where it lies, with the right ``action``."""
    return record.organisation_id in own_organisations(user, action) or covers(user, path_of(record), action)


def runs(user: Any, draw: Draw) -> bool:
    """Whether the user commits, draws and publishes there."""
    return covers(user, draw.area.path, Action.RUN_DRAWS)


def prepares(user: Any, draw: Draw) -> bool:
    return covers(user, draw.area.path, Action.PREPARE_DRAWS)


def offices(user: Any, draw: Draw) -> bool:
    """Whether the user is of the office that draws: it sees the names once they are open."""
    return runs(user, draw) or prepares(user, draw)


def goes(user: Any, visit: Visit) -> bool:
    """Whether the user is one of those who go."""
    return visit.members.filter(inspector__user=user.pk, left_because="").exists()
