"""The pages of a register, as functions of the request and the register."""

import datetime as dt
import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import JSONField
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qiangqu.base.errors import InputError, QiangquError
from qiangqu.base.visibility import visible

from .. import uploads, versions
from ..background import RUNNING, JobStatus
from ..conflicts import explained
from ..files import download
from ..hooks import hooks
from ..models import RegisterImport
from ..spreadsheets import write_template
from . import changes, imports, listing, templates
from .declare import Register, panels_of
from .forms import form_class, reference_text
from .listing import may_edit

View = Callable[..., HttpResponseBase]


def guard(register: Register, edit: bool = False) -> Callable[[View], View]:
    """Decorator of a view: behind sign-in and the register's actions."""

    def decorate(view: View) -> View:
        @login_required
        def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if register.action_view is not None and not hooks.may(request.user, register.action_view):
                raise PermissionDenied
            if edit and not may_edit(register, request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return opened

    return decorate


def guarded(register: Register, view: View, edit: bool = False) -> View:
    """``view`` bound to ``register``, guarded."""

    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, register, *args, **kwargs)

    return guard(register, edit)(opened)


def _day(request: Any, register: Register) -> dt.date | None:
    """The as-of day, for registers that keep history."""
    return request.as_of if register.has_history else None


# ---------------------------------------------------------------- record


def _record(request: Any, register: Register, pk: int) -> Any:
    """The present record if the user may see it, else 404; held in a transaction."""
    return get_object_or_404(
        versions.locked(listing.scoped_rows(register, request.user, action=register.action_edit)), pk=pk
    )


def detail_page(request: HttpRequest, register: Register, pk: int) -> HttpResponse:
    """Fields (on the chosen day), history, what refers to it, panels of other parts."""
    day = _day(request, register)
    present = listing.scoped_rows(register, request.user).filter(pk=pk).first()
    shown = present
    if day is not None:
        shown = listing.scoped_rows(register, request.user, None, day).filter(id=pk).first()
        if shown is None and present is not None:
            raise InputError(
                _("%(name)s 在 %(day)s 还不存在或已终止；请换一个日期") % {"name": str(present), "day": day.isoformat()}
            )
    if shown is None:
        raise Http404
    names = list(dict.fromkeys([*register.columns, *register.form_fields]))
    fields = []
    for name in names:
        model_field = register.model_field(name)
        link = None
        if model_field.is_relation and getattr(shown, model_field.attname) is not None:
            target = listing.of_model(model_field.related_model)
            if target and listing.may_open(request.user, target, getattr(shown, name)):
                link = reverse(f"{target.code}-detail", args=[getattr(shown, model_field.attname)])
        fields.append(
            (
                register.label(name),
                listing.shown_value(shown, model_field, register),
                link,
                isinstance(model_field, JSONField) or name in register.verbatim,
            )
        )
    context = {
        "register": register,
        "record": present or shown,
        "record_title": str(shown.history_object if present is None and hasattr(shown, "history_object") else present),
        "pk": pk,
        "fields": fields,
        "history": changes.history(register, pk) if present is not None and register.has_history else [],
        "references": changes.references(register, present, request.user) if present is not None else [],
        "panels": panels_of(request, present) if present is not None else [],
        "may_edit": present is not None and day is None and may_edit(register, request.user, pk),
        "simulated": getattr(shown, "simulated", False),
    }
    return render(request, "ui/register_detail.html", context)


def edit_page(request: HttpRequest, register: Register, pk: int | None = None, fresh: Any = None) -> HttpResponse:
    """Create (``pk`` None) or change a record; a wrong input is answered at its field with the input kept.
    ``fresh`` is an unsaved record with which a new one begins.
    """
    with versions.writing(request):
        return _edit(request, register, pk, fresh)


def _edit(request: HttpRequest, register: Register, pk: int | None, fresh: Any) -> HttpResponse:
    record = _record(request, register, pk) if pk is not None else None
    before = changes.values_of(register, record) if record is not None else {}
    form = form_class(register)(request.POST or None, instance=record or fresh, register=register, user=request.user)
    if request.method == "POST" and form.is_valid():
        if record is not None and not _really_changed(form):
            messages.info(request, _("没有变化，未产生新版本"))
            return redirect(f"{register.code}-detail", pk=pk)
        saved = _save(request, register, form, before)
        if saved is not None:
            messages.success(request, _("已保存"))
            return redirect(f"{register.code}-detail", pk=saved.pk)
    return render(
        request,
        "ui/register_form.html",
        {"register": register, "form": form, "record": record},
        status=422 if form.errors else 200,
    )


def _really_changed(form: Any) -> bool:
    return bool(set(form.changed_data) - {"effective_from", "version", versions.FIELD})


def _save(request: HttpRequest, register: Register, form: Any, before: dict[str, Any]) -> Any:
    """Save, check that the result is still in the user's scope, and record it; None (and an error on the
    form) when it is not.
    """
    user: Any = request.user
    with transaction.atomic():
        form.instance.effective_from = form.cleaned_data.get("effective_from")
        try:
            with transaction.atomic():
                saved = form.save()
        except IntegrityError as error:  # another took the code after the form had been checked
            conflict = explained(error)
            form.add_error(conflict.field if conflict.field in form.fields else None, conflict.message)
            return None
        mine = visible(register.model._default_manager.filter(pk=saved.pk), user, register.action_edit)
        if not mine.exists():
            transaction.set_rollback(True)
            form.add_error(None, _("保存后这条记录将不在您的管辖范围内，未保存；请核对区域"))
            return None
        hooks.record(
            user,
            "update" if before else "create",
            object_type=register.object_type,
            object_id=saved.pk,
            area_path=register.area_path(saved),
            detail=changes.differences(register, before, saved) | form.audit_detail(),
        )
    return saved


def pick(request: HttpRequest, register: Register, name: str) -> HttpResponse:
    """Suggestions for a reference field: records that contain what was typed, as options of a datalist."""
    if name not in register.pickers and name not in register.picks:
        raise Http404
    related = register.picks[name] if name in register.picks else register.model_field(name).related_model
    target = listing.of_model(related)
    # what the register's own form picks from is what its editor may give, without seeing more of it
    rows = visible(
        related._default_manager.all(), request.user, register.action_edit if name in register.picks else None
    )
    text = request.GET.get("q", "").strip()[:80]
    if target is not None:
        rows = listing.search(listing.alive(rows, target, request.GET, None), target, text)
    else:
        rows = rows.filter(name__icontains=text)
    return render(request, "ui/pick.html", {"options": [reference_text(row) for row in rows[:20]] if text else []})


# ---------------------------------------------------------------- Excel


def template(request: HttpRequest, register: Register) -> HttpResponse:
    """The table that an import reads, to be filled in."""
    out = io.BytesIO()
    write_template(out, str(register.title), templates.columns(register, request.user))
    return download(out.getvalue(), _("%(title)s-导入模板.xlsx") % {"title": register.title})


def import_returned(request: HttpRequest, register: Register, token: UUID) -> HttpResponse:
    """A faulty file with what is wrong in it, to be corrected and sent again."""
    job = imports.job_of(register, request.user, token)
    return download(imports.returned(job), _("待改正-%(name)s.xlsx") % {"name": job.file_name.rsplit(".", 1)[0][:60]})


def import_page(request: HttpRequest, register: Register) -> HttpResponse:
    """Upload a spreadsheet and see what it would do; nothing is written yet. What takes longer than a moment
    is worked on beside, on a page of its own.
    """
    context = _import_context(register)
    if request.method == "GET":
        return render(request, "ui/register_import.html", context)
    context["day"] = request.POST.get("effective_from", "")
    job = None
    try:
        day = _effective_day(context["day"])
        file = uploads.check(uploads.one_given(request, "file"), imports.TAKES)
        job = imports.receive(register, file, request.user, day)
        path = imports.file_of(job)
        if not imports.small(path):
            imports.WORK.start(job)
            return redirect(f"{register.code}-import-job", token=job.token)
        plan = imports.preview_of(job)
    except QiangquError as error:
        if job is not None:
            imports.give_up(job, str(error))
        return render(request, "ui/register_import.html", context | {"error": str(error)}, status=422)
    imports.note(job, plan)
    return render(request, "ui/register_import.html", context | _preview_context(job) | {"preview": plan})


def _import_context(register: Register) -> dict[str, Any]:
    return {
        "register": register,
        "today": timezone.localdate(),
        "fields": [register.label(n) for n in register.import_names],
    }


def _preview_context(job: RegisterImport) -> dict[str, Any]:
    """What the page shows of a file that has been looked at; ``token`` only when it can be imported."""
    context: dict[str, Any] = {
        "file_name": job.file_name,
        "day": job.effective_from,
        "preview": job.preview,
        "shown_rows": job.preview.get("rows", []),
        "more_rows": job.preview.get("more", 0),
        "returned": job.token if job.preview["counts"]["bad"] and imports.file_of(job).exists() else None,
    }
    return context | ({"token": job.token.hex} if job.status == JobStatus.READY else {})


def import_job(request: HttpRequest, register: Register, token: UUID) -> HttpResponse:
    """A larger file: how far it has come, then its preview, then the outcome."""
    job = imports.WORK.look_after(imports.job_of(register, request.user, token))
    if job.status == JobStatus.DONE:
        messages.success(request, _done_text() % job.preview["counts"])
        return redirect(f"{register.code}-list")
    context = _import_context(register) | {"job": job, "running": job.status in RUNNING, "error": job.error}
    if job.preview and not context["running"] and not job.error:
        context |= _preview_context(job)
    return render(request, "ui/register_import.html", context)


def import_progress(request: HttpRequest, register: Register, token: UUID) -> HttpResponse:
    """The moving part of a job's page; the whole page comes again when the work has ended."""
    job = imports.WORK.look_after(imports.job_of(register, request.user, token))
    context = {"register": register, "job": job, "running": job.status in RUNNING}
    response = render(request, "ui/register_import_progress.html", context)
    if not context["running"]:
        response.headers["HX-Refresh"] = "true"
    return response


def _effective_day(text: str) -> dt.date:
    if not text:
        return timezone.localdate()
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        raise InputError(_("生效日期不是日期，请写成 2024-03-01")) from None


def _done_text() -> str:
    return _("导入完成：新增 %(new)s 条，修改 %(changed)s 条，未变 %(unchanged)s 条")


def import_commit(request: HttpRequest, register: Register) -> HttpResponse:
    """Import the file that was previewed: all rows or none."""
    job = imports.job_of(register, request.user, request.POST.get("token", ""))
    imports.confirm(job)
    if not imports.small(imports.file_of(job)):
        imports.WORK.start(job)
        return redirect(f"{register.code}-import-job", token=job.token)
    imports.WORK.run(job.pk)
    job.refresh_from_db()
    if job.status != JobStatus.DONE:
        raise InputError(job.error or _("这个文件正在处理，请稍候"))
    messages.success(request, _done_text() % job.preview["counts"])
    return redirect(f"{register.code}-list")


GET, POST, FORM = require_GET, require_POST, require_http_methods(["GET", "POST"])
