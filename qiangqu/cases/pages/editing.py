"""Kinds of cases in the browser: list, versions, the editor (bpmn-js for the process), saved after checks and
a dry run.
"""

import difflib
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.base.visibility import areas_of
from qiangqu.registry.access import require
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action

from .. import check, kinds, rules_editing
from ..definition import FILE_NAME, KIND, MAX_FILES, MAX_TOTAL, PROCESS
from ..drawing import picture, with_diagram
from ..faults import Faults, KindError
from ..models import CaseKind, CaseStatus, KindVersion
from ..process import read_process

START = "file:"


def stands_for_all(user: Any) -> bool:
    """Whether a post of the user's for it is at the top: kinds and the calendar hold for the whole region, so
    only he changes them.
    """
    return Area.objects.filter(pk__in=areas_of(user, Action.EDIT_CASE_KINDS), parent=None).exists()


def _top_only(request: HttpRequest) -> None:
    if not stands_for_all(request.user):
        raise PermissionDenied


@require_GET
@require(Action.EDIT_CASE_KINDS)
def all_kinds(request: HttpRequest) -> HttpResponse:
    """Every kind with its current version and how many cases run under which."""
    running = Q(cases__status__in=[CaseStatus.OPEN, CaseStatus.SUSPENDED])
    found = CaseKind.objects.select_related("current").annotate(
        in_hand=Count("cases", filter=running, distinct=True), versions_count=Count("versions", distinct=True)
    )
    context = {"kinds": found.order_by("name"), "may_edit": stands_for_all(request.user)}
    return render(request, "cases/kinds.html", context)


def _kind(code: str) -> CaseKind:
    found = CaseKind.objects.select_related("current").filter(code=code[:40]).first()
    if found is None or found.current is None:
        raise NotFoundError(_("没有这个事项"), where=code[:40])
    return found


@require_GET
@require(Action.EDIT_CASE_KINDS)
def kind(request: HttpRequest, code: str) -> HttpResponse:
    """One kind: its versions, the picture of one of them (``?v=``), its files and what changed from the
    version before.
    """
    one = _kind(code)
    running = Q(cases__status__in=[CaseStatus.OPEN, CaseStatus.SUSPENDED])
    versions = list(
        one.versions.select_related("made_by")
        .defer("files")
        .annotate(in_hand=Count("cases", filter=running))
        .order_by("-number")
    )
    wanted = request.GET.get("v", "")
    shown = _version(one, wanted) if wanted else one.current
    assert shown is not None
    before = one.versions.filter(number__lt=shown.number).order_by("-number").first()
    context = {
        "kind": one,
        "versions": versions,
        "shown": shown,
        "picture": picture(shown),
        "files": sorted(shown.files.items()),
        "changes": changes(before.files, shown.files) if before else [],
        "may_edit": stands_for_all(request.user),
    }
    return render(request, "cases/kind.html", context)


def _version(one: CaseKind, text: str) -> KindVersion:
    found = (
        one.versions.filter(number=int(text)).first() if text.isascii() and text.isdigit() and len(text) < 9 else None
    )
    if found is None:
        raise NotFoundError(_("没有这个版本"), where=text[:20])
    return found


def changes(old: Mapping[str, str], new: Mapping[str, str]) -> list[tuple[str, str]]:
    """File by file the lines that differ, as a unified diff (at most 400 lines a file)."""
    found = []
    for name in sorted(set(old) | set(new)):
        if old.get(name) != new.get(name):
            lines = difflib.unified_diff(
                old.get(name, "").splitlines(), new.get(name, "").splitlines(), lineterm="", n=1
            )
            found.append((name, "\n".join(list(lines)[2:402])))
    return found


def _posted(post: Any) -> dict[str, str]:
    """The files in a post. Raises InputError for names and sizes that no kind has."""
    files: dict[str, str] = {}
    for key in post:
        if not key.startswith(START):
            continue
        name = key.removeprefix(START)
        if not FILE_NAME.match(name) or len(files) >= MAX_FILES:
            raise InputError(_("不是事项文件的名字"), where=name[:60])
        text = post[key].replace("\r\n", "\n")
        if text.strip():
            files[name] = text
    extra = post.get("_new_name", "").strip()
    if extra:
        if not FILE_NAME.match(extra) or extra in files:
            raise InputError(
                _("新文件应命名为 forms/名称.json、letters/名称.txt 或 decisions/名称.dmn，且不重名"), where=extra[:60]
            )
        files[extra] = post.get("_new_text", "").replace("\r\n", "\n")
    if sum(len(text.encode("utf-8", "replace")) for text in files.values()) > MAX_TOTAL:
        raise InputError(_("事项文件太大"), where=KIND)
    return files


@require_http_methods(["GET", "POST"])
@require(Action.EDIT_CASE_KINDS)
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """The editor. A POST with ``_do=check`` checks and walks through the process; with ``_do=save`` makes the
    new version when nothing is wrong. ``?copy=1`` makes another kind of this one."""
    _top_only(request)
    one = _kind(code)
    copy = request.GET.get("copy") == "1"
    base = _version(one, request.GET["v"]) if request.GET.get("v") else one.current
    assert base is not None and one.current is not None
    files, faults, error, status = dict(base.files), Faults(), "", 200
    checked = False
    if request.method == "POST":
        try:
            files = _posted(request.POST)
            files = rules_editing.written(files, request.POST)
            if request.POST.get("_do") == "save":
                based = request.POST.get("_based", "")
                version = kinds.save_version(
                    files, request.user, request.POST.get("_note", ""),
                    based_on=int(based) if not copy and based.isascii() and based.isdigit() and len(based) < 9 else None,
                    code="" if copy else one.code,
                )  # fmt: skip
                messages.success(
                    request,
                    _("已保存为 %(kind)s v%(number)s；在办的办件仍按原版本办理")
                    % {"kind": version.kind.name, "number": version.number},
                )
                for doubt in check.check_files(version.files)[1]:
                    messages.warning(request, str(doubt))
                return redirect("cases-kind", code=version.kind.code)
            _definition, faults = check.check_files(files)
            checked, status = True, 422 if faults.errors else 200
        except KindError as fault:
            faults, status = Faults(fault.faults), 422
        except (InputError, ConflictError) as fault:
            error, status = str(fault), 409 if isinstance(fault, ConflictError) else 422
    context = {
        "kind": one,
        "copy": copy,
        "base": base,
        "files": _ordered(files),
        "process": _drawable(files.get(PROCESS, "")),
        "faults": list(faults),
        "errors": len(faults.errors),
        "checked": checked,
        "error": error,
        "note": request.POST.get("_note", "")[:200],
        "rules": rules_editing.rules_of(files),
        "roles": rules_editing.role_words(),
        "levels": rules_editing.level_words(),
    }
    return render(request, "cases/kind_edit.html", context, status=status)


def _ordered(files: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(((n, t) for n, t in files.items() if n != PROCESS), key=lambda one: (one[0] != KIND, one[0]))


def _drawable(text: str) -> str:
    """The process with places for everything, as bpmn-js needs them; as it is when it cannot be read (the
    check then says why).
    """
    try:
        process = read_process(text, PROCESS, Faults())
    except InputError:
        return text
    return with_diagram(text, process) if process is not None and process.nodes else text
