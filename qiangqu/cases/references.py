"""Answers that name a record: an area, a unit, a person of the staff, or a closed case whose result is used
again.

A field for a case says which ones count: ``"format": "case", "case": {"kind": "area_assessment", "where":
{"topic": "节能审查"}, "valid_to": "valid_to"}`` takes the number of a closed case of that kind in the area or
above it, with those answers, whose date ``valid_to`` has not passed. A field for a person says with
``"people": code`` which group he must belong to (:func:`name_people`).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from qiangqu.base.errors import InputError
from qiangqu.registry.models import KEEPERS, Area, Organisation, OrganisationKind, Post, Role, User
from qiangqu.registry.models.user import UserQuerySet

from .forms import Form, FormErrors
from .models import Case, CaseStatus

MOST_OFFERED = 200


def check_answers(form: Form, answers: Mapping[str, Any], area: Area, day: dt.date) -> None:
    """Raises FormErrors for answers that name nothing, or nothing that may be named in ``area`` on
    ``day``.
    """
    errors = {}
    for name, spec in form.fields.items():
        value = answers.get(name)
        if value in (None, ""):
            continue
        match spec.get("format"):
            case "area" if not Area.objects.filter(code=value).exists():
                errors[name] = _("没有这个区域")
            case "organisation" if not Organisation.objects.filter(code=value).exists():
                errors[name] = _("没有这个单位，请填单位代码")
            case "user" if not people_for(spec, area).filter(username=value).exists():
                errors[name] = _("没有这个用户，或他管不到这里")
            case "case":
                found = reusable(spec["case"], area).filter(number=value).first()
                if found is None:
                    errors[name] = _("没有可以沿用的这一件")
                elif not _valid(found, spec["case"], day):
                    errors[name] = _("有效期已过，不能沿用")
            case _:
                pass
    if errors:
        raise FormErrors(errors, form)


def offered(form: Form, area: Area, day: dt.date) -> dict[str, tuple[tuple[str, str], ...]]:
    """What can be chosen for each such field, as (answer, words); at most :data:`MOST_OFFERED` each."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for name, spec in form.fields.items():
        match spec.get("format"):
            case "organisation":
                units = Organisation.objects.exclude(kind=OrganisationKind.ENTERPRISE).order_by("area__path", "code")
                found[name] = tuple(units.values_list("code", "name")[:MOST_OFFERED])
            case "user":
                people = people_for(spec, area).by_area()[:MOST_OFFERED]
                found[name] = tuple((one.username, str(one)) for one in people)
            case "case":
                rows = reusable(spec["case"], area).order_by("-id")[:MOST_OFFERED]
                found[name] = tuple(
                    (one.number, f"{one.number} {one.title}") for one in rows if _valid(one, spec["case"], day)
                )
            case _:
                pass
    return found


def reusable(rule: Mapping[str, Any], area: Area) -> "QuerySet[Case]":
    """Closed cases that a field for a case takes in ``area``, expired ones too."""
    wanted = {f"data__{key}": value for key, value in rule.get("where", {}).items()}
    above = area.path.strip("/").split("/")
    return Case.objects.filter(kind__code=rule["kind"], status=CaseStatus.CLOSED, area__code__in=above, **wanted).defer(
        "state"
    )


def _valid(case: Case, rule: Mapping[str, Any], day: dt.date) -> bool:
    key = rule.get("valid_to")
    try:
        return key is None or dt.date.fromisoformat(str(case.data.get(key))) >= day
    except ValueError as error:
        raise InputError(f"{case.number} 的 {key} 不是日期", where=case.number) from error


_sources: dict[str, "Callable[[Area], UserQuerySet]"] = {}


def name_people(code: str, source: "Callable[[Area], UserQuerySet]") -> None:
    """Register a group of people that a field with ``"people": code`` takes: ``source(area)`` gives who
    belongs to it in a case's area.
    """
    _sources[code] = source


def people_for(spec: Mapping[str, Any], area: Area) -> "UserQuerySet":
    """Who may be named in a field for a person."""
    source = _sources.get(spec.get("people", ""))
    return staff_of(area) if source is None else source(area)


def staff_of(area: Area) -> "UserQuerySet":
    """Who may be named in a form of a case in ``area``: people of the area and of those above it who do such
    work. Administrators keep the program, not cases."""
    above = area.path.strip("/").split("/")
    posts = Post.objects.in_force().filter(area__code__in=above).exclude(role__in=(Role.ENTERPRISE, *KEEPERS))
    return User.objects.filter(pk__in=posts.values("user")).with_posts()
