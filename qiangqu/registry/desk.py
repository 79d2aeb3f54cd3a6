"""The work desk's card of registers: what there is in the area that is looked at."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import is_own_only, seen
from qiangqu.ui.desk import Card, Line, Look

from .models import Organisation, Parcel, Project
from .models.history import alive_on


def registers(look: Look) -> Card | None:
    """Enterprises, projects and parcels, each with the way to its list. None for a user who
    speaks for an enterprise alone.
    """
    if look.area is None or is_own_only(look.user):
        return None
    day = look.day or timezone.localdate(look.now)

    def there(rows: "QuerySet[Any]") -> "QuerySet[Any]":
        return alive_on(seen(rows, look.user, look.area), day)

    def address(page: str, **more: str) -> str:
        return f"{reverse(page)}?{urlencode({'area': look.area.code, **more})}"

    above = Count("pk", filter=Q(scale="above"))
    firms = there(Organisation.objects.filter(kind="enterprise")).aggregate(all=Count("pk"), above=above)
    projects, parcels = there(Project.objects.all()).count(), there(Parcel.objects.all()).count()
    lines = [
        Line(_("企业"), address("organisations-list", kind="enterprise"), value=f"{firms['all']:,}"),
        Line(
            _("规模以上企业"), address("organisations-list", kind="enterprise", scale="above"),
            value=f"{firms['above']:,}",
        ),
        Line(_("项目"), address("projects-list"), value=f"{projects:,}"),
        Line(_("宗地"), address("parcels-list"), value=f"{parcels:,}"),
    ]  # fmt: skip
    title = _("%(area)s名录") % {"area": look.area.short_name}
    return Card(title, reverse("areas-detail", args=[look.area.pk]), lines, icon="building-community")
