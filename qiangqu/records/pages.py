from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from qiangqu.ui.files import download

from . import store
from .attachments import attachment_for, earlier_attachment


@require_GET
@login_required
def attachment(request: HttpRequest, uid: UUID) -> HttpResponse:
    """A file of a record that the user may see, always to be saved, never shown in the page."""
    found = attachment_for(request.user, uid)
    return download(store.read(found.sha256, found.name), found.name, found.content_type)


@require_GET
@login_required
def earlier(request: HttpRequest, kind: str, number: int, **_record: object) -> HttpResponse:
    """An address of release 0.1.0 leads on to the file."""
    return redirect("attachment", uid=earlier_attachment(request.user, kind, number).uid, permanent=True)
