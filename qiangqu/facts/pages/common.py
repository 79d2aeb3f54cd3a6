"""What the pages of facts share: reading the address, shaping rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.base.periods import parse_period
from qiangqu.base.visibility import own_organisations

from ..browse import Wanted, states
from ..models import SUBJECT_CODES, Element, Fact, Source, SubjectKind
from ..scope import subject_by_code, subject_name, subject_url, subjects_of


@dataclass(frozen=True, slots=True)
class Row:
    """A fact as a line of a list. ``state``: current, beside or superseded."""

    fact: Fact
    subject: str
    subject_code: str
    subject_url: str
    state: str


def rows_of(facts: Iterable[Fact], day: Any = None) -> list[Row]:
    """Facts with the names of their subjects and what they are in their cells: a handful of queries for a page."""
    listed = list(facts)
    subjects, known = subjects_of(listed), states(listed, day)
    return [
        Row(
            fact,
            subject_name(subjects.get((fact.subject_kind, fact.subject_id)), fact.subject_kind, fact.subject_id),
            str(getattr(subjects.get((fact.subject_kind, fact.subject_id)), "code", "")),
            subject_url(fact.subject_kind, fact.subject_id),
            known[fact.pk],
        )
        for fact in listed
    ]


def whole_number(text: str, where: str) -> int | None:
    """None for "". Raises InputError for what is no number of a record."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError(_("编号须是数字"), where=where)
    return int(text)


def element_by_text(text: str) -> Element | None:
    """The element with this code or name (``名称（代码）`` is read too); None for "". Raises InputError for an unknown one."""
    text = text.strip()[:160]
    if not text:
        return None
    inner = text[text.rfind("（") + 1 : -1] if text.endswith("）") and "（" in text else ""
    for attempt in ({"code": text}, {"name": text}, {"code": inner}):
        found = Element.objects.filter(**attempt).first()
        if found is not None:
            return found
    raise InputError(_("没有要素“%(text)s”") % {"text": text[:40]}, where=_("要素"))


def wanted_of(query: Any, user: Any) -> tuple[Wanted, dict[str, Any]]:
    """What the address asks for: ``element`` (code), ``kind`` and ``subject`` (code), ``period``, ``source`` (id), ``simulated`` (0, 1).
    The second result holds the records for the page.

    Raises InputError for a word that means nothing, NotFoundError for a subject outside the user's scope.
    """
    element = element_by_text(query.get("element", ""))
    period = parse_period(query["period"].strip()) if query.get("period", "").strip() else None
    source = whole_number(query.get("source", "").strip(), _("来源"))
    simulated = {"": None, "0": False, "1": True}.get(query.get("simulated", ""), ...)
    if simulated is ...:
        raise InputError(_("只能是 0 或 1"), where="simulated")
    kind = SUBJECT_CODES.get(query.get("kind", "")) if query.get("kind") else None
    if kind is None and query.get("kind"):
        raise InputError(_("没有这类对象"), where="kind")
    code = query.get("subject", "").strip()
    subject = None
    if code:
        kind = kind or SubjectKind.ORGANISATION
        subject = subject_by_code(user, kind, code)
    elif (
        user.speaks_for_organisation and kind in (None, SubjectKind.ORGANISATION) and len(own_organisations(user)) == 1
    ):
        # an enterprise has one unit: the walk need not look through others
        kind, subject = SubjectKind.ORGANISATION, user.organisation
    wanted = Wanted(
        element=element.pk if element else None,
        period=period.key if period else None,
        kind=int(kind) if kind else None,
        subject=subject.pk if subject else None,
        source=source,
        simulated=simulated,  # type: ignore[arg-type]
    )
    known_source = Source.objects.filter(pk=source).first() if source is not None else None
    return wanted, {"element": element, "period": period, "subject": subject, "source": known_source, "code": code}
