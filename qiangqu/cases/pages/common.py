"""What the pages of cases share."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from ..models import Case, KindVersion
from ..people import supervises

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def download(data: bytes, name: str, content_type: str) -> HttpResponse:
    """A file to be saved, never shown in the page."""
    return HttpResponse(
        data,
        content_type=content_type,
        headers={
            "Content-Disposition": content_disposition_header(True, name) or "attachment",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, no-store",
        },
    )


def narrowed(request: Any) -> str:
    """The path of the chosen area where the user chose one below his own; else ""."""
    area = getattr(request, "area", None)
    return area.path if area is not None and area.pk != request.user.area_id else ""


def rights(user: Any, case: Case, version: KindVersion) -> Mapping[str, bool]:
    """What the user may do with the whole case."""
    from ..kinds import ready

    steers = supervises(user, case)
    opener = case.opened_by_id == user.pk
    return {
        "steer": steers,
        "urge": case.status == "open" and (steers or opener),
        "withdraw": case.running and (steers or (opener and bool(ready(version).definition.raw.get("withdraw", True)))),
    }
