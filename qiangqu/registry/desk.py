"""The work desk's cards of registers (what there is in the area that is looked at) and of who keeps the program."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qiangqu.base.visibility import is_own_only, seen, visible
from qiangqu.ui.desk import LINES, Card, Line, Look

from .models import AuditEntry, Organisation, Parcel, Post, Project, Standing, User
from .models.history import alive_on
from .pages.roles import waiting_for
from .roles import Action


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


def posts_waiting(look: Look) -> Card | None:
    """Posts that wait for the user's word."""
    rows = waiting_for(look.user).select_related("user", "area", "organisation__area", "own_role", "given_by")
    lines = [
        Line(
            f"{one.user}：{one}", reverse("posts-waiting"), note=str(one.given_by or ""), word=_("待确认"), tone="amber"
        )
        for one in rows.order_by("pk")[:LINES]
    ]
    return Card(_("待确认的岗位"), reverse("posts-waiting"), lines, empty=_("没有待确认的岗位"), icon="user-check")


def accounts(look: Look) -> Card | None:
    """How many accounts there are, and which have no post today."""
    mine = visible(User.objects.filter(is_active=True), look.user)
    held = visible(Post.objects.in_force(), look.user, Action.MANAGE_USERS)
    posted = mine.filter(pk__in=held.values("user")).count()
    waiting = visible(Post.objects.filter(standing=Standing.WAITING), look.user, Action.MANAGE_USERS).count()
    lines = [
        Line(_("启用的账号"), reverse("users-list"), value=f"{mine.count():,}"),
        Line(_("今天有岗位"), reverse("roles"), value=f"{posted:,}"),
        Line(_("待确认的岗位"), value=f"{waiting:,}"),
    ]
    return Card(_("账号与岗位"), reverse("users-list"), lines, icon="users")


def audit(look: Look) -> Card | None:
    """What the audit trail holds of today, and when its chain was last checked."""
    mine = visible(AuditEntry.objects.all(), look.user)
    begin = timezone.localtime(look.now).replace(hour=0, minute=0, second=0, microsecond=0)
    today = mine.filter(at__gte=begin)
    granted = today.filter(action__in=("post_confirmed", "post_refused", "user_created", "separation_on"))
    last = AuditEntry.objects.filter(action="audit_verified").order_by("-id").first()
    told = timezone.localtime(last.at).strftime("%Y-%m-%d %H:%M") if last else _("还没有")
    lines = [
        Line(_("今天的审计记录"), reverse("audit-list"), value=f"{today.count():,}"),
        Line(_("其中账号与授权"), reverse("audit-list"), value=f"{granted.count():,}"),
        Line(_("上次核对审计链"), reverse("audit-verify"), value=str(told)),
    ]
    return Card(_("审计"), reverse("audit-list"), lines, icon="shield-check")
