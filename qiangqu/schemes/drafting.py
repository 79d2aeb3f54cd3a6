"""The page on which a new edition is made of an old one: figures, faults at their fields, whom it would move, in force."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qiangqu.base.errors import ConflictError, InputError
from qiangqu.base.terms import said
from qiangqu.registry.access import require
from qiangqu.registry.roles import Action

from . import editing, queries
from .explain import SIGNS
from .language import Scheme


@require_http_methods(["GET", "POST"])
@require(Action.EDIT_SCHEMES)
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """The figures of an edition; sent, they are checked and their effect is shown; sent with ``act=put``, a new edition is in
    force from its day on."""
    if not editing.may_edit(request.user):
        raise PermissionDenied
    old = queries.scheme_on(code[:60], timezone.localdate(), request.GET.get("edition", "")[:20])
    sent: Any = {name: value[:500] for name, value in request.POST.items()}
    wrong: dict[str, str] = {}
    shown: dict[str, Any] = {"old": old, "preview": None, "general": [], "reason": sent.get("reason", "")}
    status = 200
    if request.method == "POST":
        draft = editing.drafted(old, sent)
        wrong = draft.wrong
        if draft.scheme is not None:
            if sent.get("act") == "put":
                try:
                    editing.put_in_force(request.user, old, draft.scheme, sent.get("reason", ""))
                except (InputError, ConflictError) as error:
                    wrong = {"f.reason": error.message}
                else:
                    messages.success(request, _("新版本自 %(day)s 起施行") % {"day": draft.scheme.document.since})
                    return redirect(f"{reverse('scheme', args=[old.code])}?edition={draft.scheme.edition}")
            day = queries.day_of(request)
            shown["preview"] = editing.preview(old, draft.scheme, day, request.user)
            shown["changes"] = len(editing.changes(old, draft.scheme))
        status = 422 if wrong else 200
    sections, known = _sections(old, sent, wrong)
    head = {"edition": "", "effective": "", "document": old.document.title, "number": old.document.number or ""}
    shown["head"] = {
        name: {"value": sent.get(name, value), "wrong": wrong.get(f"f.{name}", "")} for name, value in head.items()
    }
    shown["sections"] = sections
    known |= {f"f.{name}" for name in (*head, "new_gate", "reason")}
    shown["gate"] = {name: sent.get(f"gate_{name}", "") for name in ("value", "op", "than", "title")} | {
        "wrong": wrong.get("f.new_gate", "")
    }
    shown["reason_wrong"] = wrong.get("f.reason", "")
    shown["values"] = [
        (name, said(one.title)) for name, one in old.values.items() if not one.is_text and one.kind != "mark"
    ]
    shown["signs"] = [(sign, word) for sign, word in SIGNS.items() if sign != "!="]
    shown["general"] = [message for name, message in wrong.items() if name not in known]
    shown["simulated"] = bool(shown["preview"] and shown["preview"].simulated)
    return render(request, "schemes/edit.html", shown, status=status)


def _sections(old: Scheme, sent: dict[str, str], wrong: dict[str, str]) -> tuple[list[Any], set[str]]:
    """The lines with what was sent in their fields and each fault at the line to which it belongs; the names of faults that
    have found a place."""
    sections, placed = [], set()
    for title, several in editing.lines(old):
        rows = []
        for line in several:
            own = editing.name_of(line.path)
            inner = {one.name for one in line.fields} | {one.name for row in line.bands for one in row}
            inner |= {own, f"{own}.bands", f"{own}.peers.bands"} | {
                editing.name_of((*line.path, "bands", n)) for n in range(len(line.bands))
            }
            found = [name for name in wrong if name in inner]
            placed |= set(found)
            rows.append({
                "depth": line.depth, "title": line.title, "drop": line.drop, "dropped": sent.get(line.drop) == "1",
                "fields": [_shown(one, sent, wrong) for one in line.fields],
                "bands": [[_shown(one, sent, wrong) for one in row] for row in line.bands],
                "wrong": [wrong[name] for name in found],
            })  # fmt: skip
        sections.append((title, rows))
    return sections, placed


def _shown(one: editing.Field, sent: dict[str, str], wrong: dict[str, str]) -> dict[str, Any]:
    value = sent.get(one.name, one.value)
    return {
        "name": one.name, "label": one.label, "unit": one.unit, "value": value, "old": one.value,
        "changed": value != one.value, "wrong": one.name in wrong,
    }  # fmt: skip
