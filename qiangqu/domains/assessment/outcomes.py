"""What follows from published results: promotion, warning, rectification, exit; each with a unit and a date, and if wanted
a supervised task. Published rules of others propose; people decide.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.numbers import natural
from qiangqu.base.part import Text
from qiangqu.base.terms import Term, said
from qiangqu.base.visibility import trail, visible
from qiangqu.cases.models import Case
from qiangqu.plan import supervision
from qiangqu.records.acts import Act
from qiangqu.registry.models import Area, Organisation

from .access import ZONE_FOUND, runs, speaks_for
from .models import FollowUp, MeasureKind, Round, RoundState, ZoneResult
from .objecting import ZONES
from .rounds import tell, written

MOST_UNITS = 300  # offices that are offered
MOST = 30  # measures of a zone in a round


@dataclass(frozen=True, slots=True)
class Rule:
    """A published rule: who was among the last ``last`` in ``times`` of the last ``rounds`` rounds. ``own``: it is the
    scheme's; else it stands for comparison."""

    id: str
    title: str
    document: str
    source: str
    rounds: int
    times: int
    last: int
    proposes: str
    schemes: tuple[str, ...]

    def own(self, code: str) -> bool:
        return code in self.schemes


@cache
def rules() -> tuple[Rule, ...]:
    held = yaml.safe_load((Path(__file__).parent / "data" / "outcomes.yaml").read_text("utf-8"))
    return tuple(
        Rule(
            one["id"], Term(one["title"]), Term(one["document"]), one["source"] or "", one["rounds"], one["times"], one["last"],
            one["proposes"], tuple(one["schemes"]),
        )
        for one in held["rules"]
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a rule proposes for a zone. ``sure``: whatever the ranges of marks turn out to be."""

    rule: Rule
    own: bool
    sure: bool
    seen: str

    @property
    def kind(self) -> str:
        return str(MeasureKind(self.rule.proposes).label)


def among_last(place: int | None, of: int, last: int) -> bool:
    """Whether a place is one of the last ``last`` of so many.

    >>> among_last(20, 24, 5), among_last(19, 24, 5), among_last(None, 24, 5)
    (True, False, False)
    """
    return place is not None and place > of - last


def proposed(rule: Rule, places: Sequence[tuple[str, int | None, int | None, int]], code: str) -> Proposed | None:
    """What a rule proposes from places, the newest round first: (round's title, best place, worst place, how many
    zones). None where the rounds are too few, or it cannot be so."""
    looked = list(places[: rule.rounds])
    if len(looked) < rule.rounds:
        return None
    sure = sum(among_last(best, of, rule.last) for _title, best, _worst, of in looked)
    able = [title for title, _best, worst, of in looked if among_last(worst, of, rule.last)]
    if len(able) < rule.times:
        return None
    return Proposed(rule, rule.own(code), sure >= rule.times, "、".join(able))


def earlier(one: Round) -> list[Round]:
    """The published rounds of the same scheme in the same area up to this one, the newest first."""
    rows = Round.objects.filter(
        state=RoundState.PUBLISHED,
        edition__code=one.edition.code,
        area=one.area,
        day__lte=one.day,
        simulated=one.simulated,
    )
    return list(rows.order_by("-day", "-pk")[:5])


def proposals(one: Round) -> dict[int, list[Proposed]]:
    """What the rules propose for the zones of a published round, by the id of the zone's area."""
    rounds = earlier(one)
    if one not in rounds:
        return {}
    rounds = rounds[rounds.index(one) :]
    rows = ZoneResult.objects.filter(round__in=rounds).values_list("round", "area", "rank", "rank_worst")
    placed = {(of, area): (best, worst) for of, area, best, worst in rows}
    counts = {of.pk: sum(key[0] == of.pk for key in placed) for of in rounds}
    found: dict[int, list[Proposed]] = {}
    known = [rule for rule in rules() if not rule.schemes or rule.own(one.edition.code)]
    for area in {key[1] for key in placed if key[0] == one.pk}:
        places = [(of.title, *placed[of.pk, area], counts[of.pk]) for of in rounds if (of.pk, area) in placed]
        for rule in known:
            if (made := proposed(rule, places, one.edition.code)) is not None:
                found.setdefault(area, []).append(made)
    return found


def _published(result: ZoneResult) -> Text:
    return "" if result.round.state == RoundState.PUBLISHED else _("公布以后才能登记结果运用")


@ZONES.declare(
    "followed",
    gettext_lazy("登记评价结果运用"),
    name="follow",
    stands=_published,
    said=gettext_lazy("已登记，可转督办"),
)
def follow(
    act: Act[ZoneResult], kind: str, text: str, basis: str, unit: str, due: dt.date | None = None, operator: str = ""
) -> FollowUp:
    """What is to follow, on what ground, by which unit (its code) and until when. Raises InputError for a unit that is not
    there, a day that is over, and the exit of an operating company without the company."""
    result = act.record
    if kind not in MeasureKind.values:
        raise InputError(_("请选择结果运用"), where=_("结果运用"))
    if due is None or due < timezone.localdate():
        raise InputError(_("完成期限应在今天或以后"), where=_("完成期限"))
    company = _body(operator, _("运营公司")) if operator.strip() else None
    if kind == MeasureKind.OPERATOR and (company is None or not company.area.path.startswith(result.area.path)):
        raise InputError(_("请填写在本园区的运营公司代码"), where=_("运营公司"))
    count = result.measures.count()
    if count >= MOST:
        raise InputError(_("一个园区一轮最多登记 %(most)s 条") % {"most": MOST}, where=_("结果运用"))
    made = FollowUp.objects.create(
        result=result, number=count + 1, kind=kind, text=written(text, _("要求"), 500), basis=written(basis, _("依据")),
        unit=_body(unit, _("责任单位")), operator=company, due_on=due, by=act.user, simulated=result.simulated,
    )  # fmt: skip
    tell(result, _("园区评价结果运用"), f"{made.get_kind_display()}：{made.text}（{due}）")
    act.detail |= {"number": made.number, "kind": kind, "unit": made.unit.code, "due": due}
    return made


def _body(code: str, what: str) -> Organisation:
    """A body by its code or its full name. Raises InputError for none, and for a name that several have."""
    wanted = code.strip()[:120].replace("\0", "")
    found = list(Organisation.objects.select_related("area").filter(Q(code=wanted) | Q(name=wanted), valid_to=None)[:2])
    if len(found) != 1:
        raise InputError(_("没有名称或代码为 %(code)s 的单位，或不止一个") % {"code": wanted[:40]}, where=what)
    return found[0]


def units_for(area: Area) -> list[tuple[str, str]]:
    """The offices that may be made responsible for a zone, by code and name: its own and those above it."""
    rows = Organisation.objects.filter(
        kind__in=("committee", "department", "government"), area__path__in=trail(area.path), valid_to=None
    ).order_by("-area__path", "name")
    return [(one.code, str(one.name)) for one in rows[:MOST_UNITS]]


@ZONES.declare(
    "measure_done",
    gettext_lazy("登记结果运用完成情况"),
    name="finish",
    may=lambda user, result: runs(user, result.round) or speaks_for(user, result),
    stands=_published,
    said=gettext_lazy("已登记完成"),
)
def finish(act: Act[ZoneResult], number: int, done: str, day: dt.date | None = None) -> FollowUp:
    """What was done, and when. Raises InputError for one that is done already, and a day ahead."""
    found = act.record.measures.filter(number=number, done_on=None).first()
    if found is None:
        raise InputError(_("没有这条未完成的结果运用"), where=str(number))
    day = day or timezone.localdate()
    if day > timezone.localdate():
        raise InputError(_("完成日期不能在今天之后"), where=_("完成日期"))
    found.done, found.done_on = written(done, _("完成情况"), 500), day
    found.save(update_fields=["done", "done_on"])
    act.detail |= {"number": number, "done": found.done, "day": day}
    return found


def measures_of(result: ZoneResult, user: Any) -> list[tuple[FollowUp, Case | None]]:
    """What follows for a zone, each with the latest supervised task out of it that the user sees."""
    rows = list(visible(result.measures.select_related("unit", "operator"), user))
    seen = visible(Case.objects.all(), user).filter(subject__in=[row.subject for row in rows])
    tasks: Mapping[str, Case] = {
        case.subject: case for case in seen.select_related("kind").defer("state").order_by("id")
    }
    return [(row, tasks.get(row.subject)) for row in rows]


def proposal_at(user: Any, rest: str) -> supervision.Proposal:
    """What the supervised task out of a measure (``5:2``: the second of zone 5) would say. Raises NotFoundError."""
    result = ZONE_FOUND.at(user, rest)
    number = natural(rest.partition(":")[2]) or 0
    rows = visible(result.measures.select_related("unit"), user) if result is not None else FollowUp.objects.none()
    one = rows.filter(number=number).first()
    if one is None or result is None:
        raise NotFoundError(_("没有这条结果运用"), where=rest[:20])
    asked = f"{result.round.title}（{result.round.document}）{one.get_kind_display()}：{one.text}。依据：{one.basis}。"
    return supervision.proposed(
        one.subject, f"{result.area}{one.get_kind_display()}", asked, timezone.localdate(), one.due_on,
        area=result.area, unit=one.unit, simulated=one.simulated,
    )  # fmt: skip


def rule_words(one: Proposed) -> str:
    """A proposal in words."""
    ground = _("按本方案") if one.own else _("参照")
    sure = "" if one.sure else _("（得分是区间，不能确定）")
    return f"{ground}：{said(one.rule.title)}{sure}"
