"""The lists of a draw out of the rosters, as they stand on a day."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from qiangqu.base import draw as qd1
from qiangqu.base.errors import InputError
from qiangqu.registry.models.history import alive_on

from .models.inspections import Draw, InspectionSubject, Inspector, InspectorConflict, VisitMember
from .terms import DrawState

UNSEEN = "/久未检查"
MOST_STRATA = 8


@dataclass(frozen=True, slots=True)
class Lists:
    """The three canonical files of a draw, and how many each stratum has."""

    subjects: str
    inspectors: str
    conflicts: str
    strata: dict[str, int]

    @property
    def people(self) -> int:
        return self.inspectors.count("\n")

    def sealed_in(self, draw: Draw) -> bool:
        """Whether they are the lists that were committed to."""
        return (self.subjects, self.inspectors, self.conflicts) == (
            draw.subjects_file, draw.inspectors_file, draw.conflicts_file,
        )  # fmt: skip


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day ``months`` earlier, or the month's last.

    >>> months_before(dt.date(2026, 3, 31), 1), months_before(dt.date(2026, 1, 5), 13)
    (datetime.date(2026, 2, 28), datetime.date(2024, 12, 5))
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return dt.date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def quotas_of(text: str) -> list[list[Any]]:
    """Quotas as they are written, a stratum and a number a line: ``重大 2``. Raises ValidationError."""
    rows: list[list[Any]] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        found = re.fullmatch(r"\s*(\S{1,30})[\s，,：:]+(\d{1,4})\s*(?:家)?", line)
        if found is None:
            raise ValidationError(_("“%(line)s”格式不对：每行写一层和家数，如“重大 2”"), params={"line": line[:40]})
        rows.append([found[1], int(found[2])])
    if not 1 <= len(rows) <= MOST_STRATA:
        raise ValidationError(_("请写 1—%(most)s 层"), params={"most": MOST_STRATA})
    return rows


def stratum_of(grade: str, last_inspected: dt.date | None, unseen_since: dt.date | None) -> str:
    """The stratum of a subject: its grade, apart from those not inspected since ``unseen_since`` (None: all
    together)."""
    if unseen_since is None or (last_inspected is not None and last_inspected >= unseen_since):
        return grade
    return grade + UNSEEN


def lists_of(draw: Draw) -> Lists:
    """Subjects of the draw's area; inspectors of it who are qualified on the day of the start; the conflicts
    that are declared, and those of whoever was at the subject's last visit (the same pair not twice running).
    Raises InputError for rosters of which no lists can be made.
    """
    path, day = draw.area.path, draw.as_of
    since = months_before(day, draw.unseen_months) if draw.unseen_months is not None else None
    subjects = alive_on(InspectionSubject.objects.filter(organisation__area__path__startswith=path), day)
    rows = list(subjects.values_list("organisation__code", "grade", "last_inspected", "organisation"))
    strata: dict[str, int] = {}
    pairs = []
    for code, grade, last, _pk in rows:
        stratum = stratum_of(grade, last, since)
        strata[stratum] = strata.get(stratum, 0) + 1
        pairs.append((code, stratum))
    start = draw.starts_at.date()
    people = alive_on(Inspector.objects.filter(area__path__startswith=path, qualified_from__lte=start), day)
    people = people.exclude(qualified_to__lt=start)
    inspectors = dict(people.values_list("pk", "code"))
    units = [(code, unit) for code, unit in people.values_list("code", "unit__name")]
    codes = {pk: code for code, _grade, _last, pk in rows}
    declared = alive_on(InspectorConflict.objects.filter(inspector__in=inspectors, organisation__in=codes), day)
    apart = set(declared.values_list("inspector_id", "organisation_id"))
    # who works for the subject itself
    apart |= {(pk, unit) for pk, unit in people.values_list("pk", "unit_id") if unit in codes}
    apart |= _last_pairs(list(inspectors), list(codes))
    try:
        return Lists(
            qd1.written(pairs),
            qd1.written(units),
            qd1.written(((inspectors[who], codes[where]) for who, where in apart), ">"),
            strata,
        )
    except qd1.DrawError as error:
        raise InputError(str(error), where=draw.title) from None


def _last_pairs(inspectors: list[int], organisations: list[int]) -> set[tuple[int, int]]:
    """(inspector, organisation) of each organisation's newest visit that took place."""
    members = (
        VisitMember.objects.filter(inspector__in=inspectors, visit__organisation__in=organisations, left_because="")
        .exclude(visit__outcome="")
        .exclude(visit__draw__state=DrawState.VOID)
        .order_by("visit__visited_on", "visit_id")
        .values_list("visit__organisation_id", "visit_id", "inspector_id")
    )
    newest: dict[int, tuple[int, set[int]]] = {}
    for organisation, visit, inspector in members:
        if newest.get(organisation, (0, set()))[0] != visit:
            newest[organisation] = (visit, set())
        newest[organisation][1].add(inspector)
    return {(who, organisation) for organisation, (_visit, people) in newest.items() for who in people}


def check(draw: Draw, lists: Lists) -> None:
    """Raises InputError when nothing can be drawn from the lists: a stratum that is not there, too few people."""
    rules = draw.rules
    unknown = [stratum for stratum, quota in rules["quota"] if quota and stratum not in lists.strata]
    if unknown:
        there = "、".join(f"{stratum} {count}" for stratum, count in sorted(lists.strata.items())) or _("没有检查对象")
        said = {"strata": "、".join(unknown), "there": there}
        raise InputError(_("名录中没有这些层：%(strata)s（现有：%(there)s）") % said, where=draw.title)
    if lists.people < rules["team"]:
        words: dict[str, Any] = {"people": lists.people, "team": rules["team"]}
        raise InputError(_("合格的检查人员 %(people)s 人，不够一组 %(team)s 人") % words, where=draw.title)


def inputs_of(draw: Draw) -> dict[str, str]:
    """The inputs of a draw by QD-1, of what was sealed."""
    return {
        "draw_id": draw.number,
        "subjects_file": draw.subjects_file,
        "inspectors_file": draw.inspectors_file,
        "conflicts_file": draw.conflicts_file,
        "rules": qd1.canonical_rules(draw.rules),
        "nonce_hex": draw.nonce,
        "source": draw.whole_source,
        "public_value": draw.public_value,
    }


def compared(draw: Draw) -> dict[str, Any]:
    """The lists as they would be sealed now, and whether the rosters have changed since they were: ``lists``, ``drifted`` or,
    of lists that cannot be sealed, the sentence ``roster_fault``."""
    try:
        lists = lists_of(draw)
        if draw.state != DrawState.PREPARED:
            return {"drifted": not lists.sealed_in(draw)}
        check(draw, lists)
    except InputError as error:
        return {"roster_fault": str(error)}
    return {"lists": lists}
