"""Signing in and out, one's own account, password and API tokens."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from qiangqu.base.errors import QiangquError
from qiangqu.ui.formpage import answered
from qiangqu.ui.once import keep

from .. import audit, throttle, tokens
from ..models import ApiToken
from ..roles import PERMISSIONS
from ..sessions import browser_name, digest, end_session, note_sign_in


def style(form: forms.BaseForm) -> None:
    """Tabler's classes on a form's widgets."""
    for name, field in form.fields.items():
        kind = (
            "form-check-input"
            if isinstance(field.widget, forms.CheckboxInput)
            else "form-select"
            if isinstance(field.widget, forms.Select)
            else "form-control"
        )
        wrong = " is-invalid" if form.is_bound and name in form.errors else ""
        field.widget.attrs["class"] = kind + wrong


class SignInForm(AuthenticationForm):
    """Django's form behind a limit on failures."""

    error_messages = {
        "invalid_login": gettext_lazy("用户名或密码不对，请重新输入（密码区分大小写）"),
        "inactive": gettext_lazy("这个账号已停用，请联系系统管理员"),
        "blocked": gettext_lazy("失败次数过多，请在 %(seconds)s 秒后再试，或联系系统管理员"),
    }

    def __init__(self, request: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = _("用户名")
        self.fields["password"].label = _("密码")
        style(self)

    def clean(self) -> dict[str, Any]:
        if not (self.cleaned_data.get("username") and self.cleaned_data.get("password")):
            return self.cleaned_data
        try:
            self.attempt = throttle.begin(self.cleaned_data["username"], self.request)
        except throttle.TooMany as wait:
            raise ValidationError(
                self.error_messages["blocked"], code="blocked", params={"seconds": wait.seconds}
            ) from None
        try:
            return super().clean()
        except ValidationError:
            if throttle.slowed_down(self.attempt):
                detail = {"username": self.attempt.username, "address": self.attempt.address}
                audit.record(None, "login_blocked", object_type="user", detail=detail)
            raise


class SignIn(auth_views.LoginView):
    """The sign-in page; goes back to where the stranger wanted to go."""

    template_name = "registry/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        response = super().form_valid(form)
        with transaction.atomic():
            throttle.succeeded(form.attempt, user)
            throttle.remember_browser(user, self.request, response)
            note_sign_in(self.request, user, form.attempt.address)
            audit.record(
                user, "login", object_type="user", object_id=user.pk, area_path=user.home_path,
                detail={"address": form.attempt.address},
            )  # fmt: skip
        return response


class PasswordChange(auth_views.PasswordChangeView):
    """A new password for oneself; other sessions end."""

    template_name = "registry/password.html"
    success_url = reverse_lazy("account")

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        for name, label in (
            ("old_password", _("现在的密码")),
            ("new_password1", _("新密码")),
            ("new_password2", _("再输一次新密码")),
        ):
            form.fields[name].label = label
        style(form)
        return form

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            user: Any = self.request.user
            user.refresh_from_db()
            note_sign_in(self.request, user, throttle.address_of(self.request))
            throttle.remember_browser(user, self.request, response)
            audit.record(user, "password_changed", object_type="user", object_id=user.pk, area_path=user.home_path)
        messages.success(self.request, _("密码已修改；其他会话、接口令牌和日历订阅地址都已停用"))
        return response


class TokenForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("用途"), max_length=60)
    days = forms.TypedChoiceField(
        label=gettext_lazy("有效期"),
        coerce=int,
        choices=[
            (30, gettext_lazy("30 天")),
            (90, gettext_lazy("90 天")),
            (365, gettext_lazy("1 年")),
            (1095, gettext_lazy("3 年")),
        ],
    )


@login_required
def account(request: HttpRequest) -> HttpResponse:
    """Who I am, what I may do, my API tokens; POST makes a token and shows it once."""
    user: Any = request.user
    form = TokenForm(request.POST or None, initial={"days": 90})

    def act() -> HttpResponse:
        with transaction.atomic():
            token, fresh = tokens.make_token(user, form.cleaned_data["name"], form.cleaned_data["days"])
            audit.record(
                user,
                "token_created",
                object_type="apitoken",
                object_id=token.pk,
                area_path=user.home_path,
                detail={"name": token.name},
            )
        return keep(_account(request, TokenForm(initial={"days": 90}), fresh))

    def refused(fault: QiangquError) -> HttpResponse:
        form.add_error(None, str(fault))
        return _account(request, form)

    if request.method == "POST" and form.is_valid():
        return answered(act, refused)
    return _account(request, form)


def _account(request: HttpRequest, form: TokenForm, fresh: str = "") -> HttpResponse:
    user: Any = request.user
    style(form)
    today = timezone.localdate()
    posts = [
        (one, one.holds_on(today), [told.title for told in PERMISSIONS.values() if one.allows(told.code)])
        for one in user.posts.select_related("area", "organisation__area", "own_role").order_by("-valid_from", "pk")
    ]
    return render(
        request,
        "registry/account.html",
        {
            "form": form,
            "fresh": fresh,
            "tokens": user.api_tokens.all(),
            "sessions": [(one, browser_name(one.agent)) for one in user.sign_ins.all()],
            "own": digest(request.session.session_key),
            "posts": posts,
            "held": any(now for _one, now, _words in posts),
        },
    )


@require_POST
@login_required
def delete_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own sessions, on whatever machine it is."""
    user: Any = request.user
    with transaction.atomic():
        if not end_session(user, pk):
            raise Http404
        audit.record(user, "session_ended", object_type="user", object_id=user.pk, area_path=user.home_path)
    messages.success(request, _("会话已结束"))
    return redirect("account")


@require_POST
@login_required
def end_all(request: HttpRequest) -> HttpResponse:
    """End everything that speaks for oneself: all sessions (this one too), tokens, calendar addresses."""
    user: Any = request.user
    with transaction.atomic():
        user.end_access()
        audit.record(user, "access_ended", object_type="user", object_id=user.pk, area_path=user.home_path)
    return redirect("login")


@require_POST
@login_required
def delete_token(request: HttpRequest, pk: int) -> HttpResponse:
    user: Any = request.user
    token = get_object_or_404(ApiToken, pk=pk, user=user)
    with transaction.atomic():
        audit.record(
            user,
            "token_deleted",
            object_type="apitoken",
            object_id=token.pk,
            area_path=user.home_path,
            detail={"name": token.name},
        )
        token.delete()
    messages.success(request, _("接口令牌已删除"))
    return redirect("account")
