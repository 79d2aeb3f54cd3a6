"""What land adds to the pages of others."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from qiangqu.base.visibility import visible
from qiangqu.records.finding import Findable
from qiangqu.ui.registers import Panel

from .models import AgreementShare, BoundaryImport

IMPORTS_FOUND = Findable(
    model=BoundaryImport,
    page="boundary-import",
    related=("area", "made_by"),
    search=("file_name",),
    detail=lambda one: str(one.area),
    beside=("area",),
    unread=("staged", "found"),
)


def land_of(request: HttpRequest, parcel: Any) -> Panel:
    """The way from a parcel of the register to its land."""
    now = parcel.boundaries.filter(withdrawn_at=None, valid_to=None).defer("shape").first()
    return Panel(_("界址与利用"), "land/panel.html", {"parcel": parcel, "now": now})


def shares_of(request: HttpRequest, agreement: Any) -> Panel:
    """The shares of an agreement, on its page."""
    rows = visible(AgreementShare.objects.filter(agreement=agreement), request.user).select_related("area")
    return Panel(_("分成比例"), "land/shares.html", {"shares": list(rows), "agreement": agreement})
