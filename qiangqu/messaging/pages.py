"""The user's own messages, and how he wants them. Nobody sees another's."""

from typing import Any

from django.contrib import messages as flash
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from qiangqu.base.errors import InputError, NotFoundError
from qiangqu.base.terms import listed
from qiangqu.registry import audit
from qiangqu.registry.models import User
from qiangqu.ui import versions
from qiangqu.ui.formpage import done, form_page

from . import mail
from .models import Delivery, Message, Preference, Robot, When
from .notify import KNOWN_TOPICS, unread
from .sending import allowed_hosts, check_robot_url


@require_POST
@login_required
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one's message as read and go to what it is about."""
    user: Any = request.user
    found = Message.objects.filter(pk=pk, user=user).first() if pk < 2**63 else None
    if found is None:
        raise NotFoundError(_("没有这条消息"), where=str(pk)[:20])
    Message.objects.filter(pk=found.pk, read_at=None).update(read_at=timezone.now())
    return redirect(found.url or "messages")


@require_POST
@login_required
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all of one's messages as read."""
    count = unread(request.user).update(read_at=timezone.now())
    flash.success(request, _("已把 %(count)s 条标为已读") % {"count": count})
    return redirect("messages")


@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("robot_url", "robot_secret")
@login_required
def settings_page(request: HttpRequest) -> HttpResponse:
    """How the user wants his messages besides the site."""
    with versions.writing(request):
        return _settings(request)


def _settings(request: HttpRequest) -> HttpResponse:
    user: Any = versions.locked(User.objects.filter(pk=request.user.pk or 0)).get()
    wish = Preference.objects.filter(user=user).first() or Preference(user=user)
    now = {
        _("电子邮件"): f"{user.email} {When(wish.mail).label}",
        _("群机器人"): f"{Robot(wish.robot_kind).label} {When(wish.robot).label}",
        _("不外发的类别"): sorted(wish.muted),
    }

    def act() -> HttpResponse:
        _apply(request.POST, user, wish, now)
        return done(request, _("已保存"), "messages-settings")

    context = {
        "wish": wish,
        "whens": When.choices,
        "robots": Robot.choices,
        "topics": [(key, word, key not in wish.muted) for key, word in sorted(KNOWN_TOPICS.items())],
        "mail_works": mail.works(),
        "hosts": listed(allowed_hosts()),
        "opened": versions.token(now),
        "email": request.POST.get("email", user.email)[:254],
        "failed": Delivery.objects.filter(user=user).exclude(failure="").order_by("-id")[:5],
    }
    return form_page(request, "messaging/settings.html", act, lambda: context)


def _apply(post: Any, user: Any, wish: Preference, now: Any) -> None:
    mail, robot, kind = post.get("mail", ""), post.get("robot", ""), post.get("robot_kind", "")
    if mail not in When.values or robot not in When.values or kind not in Robot.values:
        raise InputError(_("请从列出的方式里选"), where=_("接收方式"))
    email = post.get("email", "").strip()[:254]
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise InputError(_("不是有效的邮箱地址"), where=_("电子邮件")) from error
    elif mail != When.NEVER:
        raise InputError(_("请填写邮箱地址"), where=_("电子邮件"))
    url, secret = post.get("robot_url", "").strip()[:300], post.get("robot_secret", "").strip()[:120]
    shown = set(post.getlist("topic"))
    muted = [key for key in KNOWN_TOPICS if key not in shown]
    said = (f"{email} {When(mail).label}", f"{Robot(kind).label} {When(robot).label}", sorted(muted))
    versions.check(post, now, dict(zip(now, said, strict=True)), str(user))
    # what is stored is not shown: an empty field keeps it
    wish.robot_url = check_robot_url(url) if url else wish.robot_url
    wish.robot_secret = secret or wish.robot_secret
    if post.get("forget") == "1":
        wish.robot_url = wish.robot_secret = ""
    if robot != When.NEVER and not wish.robot_url:
        raise InputError(_("请填写机器人地址"), where=_("机器人地址"))
    wish.mail, wish.robot, wish.robot_kind = mail, robot, kind
    wish.muted = muted
    wish.save()
    if user.email != email:
        user.email = email
        user.save(update_fields=["email"])
    detail = {"mail": mail, "robot": robot, "muted": wish.muted}
    audit.record(
        user,
        "messages_preference",
        object_type="user",
        object_id=user.username,
        area_path=user.home_path,
        detail=detail,
    )
