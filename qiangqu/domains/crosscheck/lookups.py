"""The doubts on an enterprise's page."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from qiangqu.base.visibility import visible
from qiangqu.registry.models import Organisation
from qiangqu.ui.registers import Panel

from .models import Doubt

MOST = 10


def panel(request: HttpRequest, organisation: Organisation) -> Panel | None:
    """The newest doubts about its figures that the user sees; None where there are none."""
    rows = visible(Doubt.objects.filter(organisation=organisation).defer("course"), request.user)
    found = list(rows.select_related("organisation")[:MOST])
    return Panel(_("数据核查"), "crosscheck/panel.html", {"doubts": found}) if found else None
