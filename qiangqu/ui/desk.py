"""The work desk, where signing in leads: cards of all parts about what waits for the user and how his area stands.

Parts name the makers of their cards in their manifests (:class:`qiangqu.base.part.Card`). A card that has
nothing to do with the user is not made at all; one that has nothing to say today says so.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.errors import QiangquError
from qiangqu.base.part import Card as Declared
from qiangqu.base.part import Part, parts

from .hooks import hooks
from .registers.declare import Panel

WORTH_IT = 4  # about so many lines shorter must the desk become for a card to stand in the other column
LINES = 6  # of a card: the rest is one click away


@dataclass(frozen=True, slots=True)
class Look:
    """Who looks at his desk: ``area`` is where he stands, ``within`` the area that he has chosen (None:
    everything that he sees), ``day`` a past day or None.
    """

    user: Any
    area: Any
    within: Any
    now: dt.datetime
    day: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a card. ``word`` is a state in words with its ``tone`` (red, amber, green, blue, grey);
    ``value`` a number or moment in words, with its unit; ``simulated`` marks made-up data."""

    text: str
    url: str = ""
    note: str = ""
    word: str = ""
    tone: str = "grey"
    value: str = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a card's head; ``tone`` as in :class:`Line` ("" for an ordinary one)."""

    word: str
    value: str
    url: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows. ``empty`` is said where there are no lines, ``url`` leads to all of them, ``note``
    explains how the lines were chosen or a number is meant.
    """

    title: str
    url: str = ""
    lines: Sequence[Line] = ()
    figures: Sequence[Figure] = ()
    empty: str = ""
    note: str = ""
    icon: str = "list-check"

    @property
    def simulated(self) -> bool:
        return any(line.simulated for line in self.lines)


@dataclass(frozen=True, slots=True)
class Placed:
    """A card where the desk has it: ``half`` is "todo" (what waits for the user) or "state" (how things
    stand).
    """

    name: str
    half: str
    card: Card


def columns(placed: Sequence[Placed]) -> list[list[Placed]]:
    """The two columns of the desk: what waits for the user, and how things stand. The last cards of the longer
    one stand below in the other, as long as that makes the desk shorter.
    """
    left = [one for one in placed if one.half == "todo"]
    right = [one for one in placed if one.half == "state"]
    shorter, longer = (left, right) if _height(left) < _height(right) else (right, left)
    at = len(shorter)
    while len(longer) > 1 and _height(shorter) + _height(longer[-1:]) + WORTH_IT <= _height(longer):
        shorter.insert(at, longer.pop())
    return [half for half in (left, right) if half]


def _height(cards: Sequence[Placed]) -> int:
    """About how many lines cards take up: a head, a gap, and two lines for each of theirs."""
    return sum(2 + 2 * max(1, len(one.card.lines)) for one in cards)


def cards(look: Look, found: Iterable[Part] | None = None, half: str = "") -> list[Placed]:
    """The cards of all parts for ``look``, in the declared order; with ``half`` only those are made."""
    every = parts() if found is None else found
    declared = [(one, part) for part in every for one in part.cards if half in ("", one.half)]
    made = []
    for one, part in sorted(declared, key=lambda pair: (pair[0].order, pair[0].name)):
        card = _made(one, part, look)
        if card is not None:
            made.append(Placed(one.name, one.half, card))
    return made


def _made(one: Declared, part: Part, look: Look) -> Card | None:
    if one.action is not None and not hooks.may(look.user, one.action):
        return None
    try:
        card: Card | None = part.reference(one.make)(look)
    except QiangquError as error:
        # wrong data of one part is said in its own place and does not shut the others'
        return Card(str(part.title), note=str(error), icon="alert-triangle")
    return card


def profile(request: Any, area: Any) -> Panel | None:
    """How things stand in an area, on its page: the state cards as they would lie on a desk there. None when
    no part has any.
    """
    look = Look(request.user, area, area, timezone.now(), request.as_of)
    placed = cards(look, half="state")
    return Panel(_("现状"), "ui/profile_panel.html", {"cards": placed}) if placed else None
