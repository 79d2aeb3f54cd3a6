"""The form in which an administrator makes and changes users and their posts."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.visibility import visible
from qiangqu.ui import versions
from qiangqu.ui.registers.forms import PickField, RegisterForm, style

from . import separation, throttle
from .models import OFFICES, Area, Organisation, OwnRole, Post, Role, Standing, User
from .models.history import alive_on
from .roles import Action, may

MOST_POSTS = 30
POSTS_OPENED = "posts_opened"
#: how the choice of one of the node's own roles begins
OWN = "own-"


def role_choices(post: Post) -> list[Any]:
    """The roles that a post may have: built-in ones and the node's own, with the one that it has now."""
    closed = separation.is_on()
    built_in = [(role.value, role.label) for role in Role if not (closed and role == Role.ADMIN != post.role)]
    rows = alive_on(OwnRole.objects.all(), timezone.localdate()) | OwnRole.objects.filter(pk=post.own_role_id or 0)
    own = [(f"{OWN}{one.pk}", str(one)) for one in rows if not (closed and one.base == Role.ADMIN)]
    found: list[Any] = [("", _("请选择")), *built_in]
    return [*found, (_("自定角色"), own)] if own else found


class PostForm(forms.ModelForm):
    """One post. ``admin`` may give it in his own areas only, and to his own enterprises; one who may not grant
    proposes new posts and ends those that there are.
    """

    role = forms.ChoiceField(label=gettext_lazy("角色"))

    class Meta:
        model = Post
        fields = ["role", "area", "organisation", "valid_from", "valid_to"]

    def __init__(self, *args: Any, admin: Any, grants: bool, choices: list[Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.admin, self.grants = admin, grants
        role: Any = self.fields["role"]
        role.choices = role_choices(self.instance) if choices is None or self.instance.pk else choices
        if self.instance.own_role_id is not None:
            self.initial["role"] = f"{OWN}{self.instance.own_role_id}"
        areas: Any = self.fields["area"]
        areas.queryset = visible(Area.objects.order_by("path"), admin, Action.MANAGE_USERS)
        organisation: Any = self.fields["organisation"]
        self.fields["organisation"] = PickField(
            visible(Organisation.objects.all(), admin, Action.MANAGE_USERS),
            reverse("users-pick", args=["organisation"]),
            label=organisation.label,
            required=False,
        )
        # an empty row stays empty: a day that was filled in for it would make it one
        self.fields["valid_from"].show_hidden_initial = False
        if self.instance.pk is None:
            self.initial["valid_from"] = None
        for name in ("valid_from", "valid_to"):
            self.fields[name].widget = forms.DateInput(format="%Y-%m-%d")
            self.fields[name].help_text = ""
        if not grants and self.instance.standing == Standing.GIVEN and self.instance.pk is not None:
            # what is granted already he may only end
            for name in ("role", "area", "organisation", "valid_from"):
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.has_changed() and self.instance.pk is None:
            return cleaned
        role, own = cleaned.get("role", ""), None
        if role.startswith(OWN):
            own = OwnRole.objects.get(pk=int(role.removeprefix(OWN)))
            cleaned["role"] = own.base
        self.instance.own_role = own
        if not self.has_changed():
            return cleaned
        if cleaned.get("role") == Role.ENTERPRISE:
            if not cleaned.get("organisation"):
                self.add_error("organisation", _("企业用户必须指明所属单位：他只看得到本单位的内容"))
        elif cleaned.get("role") and not cleaned.get("area"):
            self.add_error("area", _("请选这个岗位管辖的区域"))
        begin, end = cleaned.get("valid_from"), cleaned.get("valid_to")
        if begin and end and end < begin:
            self.add_error("valid_to", _("终止日期早于起始日期；录错的岗位请勾选删除"))
        was = self.initial.get("valid_to") or dt.date.max
        ends_only = not self.grants and self.instance.pk is not None and self.instance.standing == Standing.GIVEN
        if ends_only and (end or dt.date.max) > was:
            self.add_error("valid_to", _("您可以提前结束岗位，不能延长；要延长请另加一行，等安全管理员确认"))
        return cleaned

    def save(self, commit: bool = True) -> Any:
        """A post that this administrator may not grant waits for one who may."""
        if not self.grants and (self.instance.pk is None or self.instance.standing == Standing.WAITING):
            self.instance.standing = Standing.WAITING
        if self.instance.pk is None or self.instance.standing == Standing.WAITING:
            self.instance.given_by = self.admin
        return super().save(commit)


class PostRows(forms.BaseInlineFormSet):
    """The posts of one user as they would stand together."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        style(form)  # cleans a bound form, so not before it has its last field, the tick that deletes it

    def clean(self) -> None:
        super().clean()
        forms_: list[Any] = list(self.forms)
        granted = [form for form in forms_ if form.instance.pk and form.instance.standing == Standing.GIVEN]
        if any(
            not form.grants and form.cleaned_data.get("DELETE") for form in granted if hasattr(form, "cleaned_data")
        ):
            raise ValidationError(_("已生效的岗位不能删除，请填终止日期"))
        rows = [
            (dict(form.cleaned_data), form)
            for form in forms_
            if getattr(form, "cleaned_data", None)
            and form.cleaned_data.get("role")
            and not form.cleaned_data.get("DELETE")
        ]
        for at, (row, form) in enumerate(rows):
            for other, _form in rows[:at]:
                if separation.clash(row["role"], other["role"]) and _overlap(row, other):
                    form.add_error("role", separation.together(other["role"], row["role"]))
            if row["role"] == Role.ADMIN and form.has_changed() and not _over(row) and separation.is_on():
                form.add_error("role", separation.no_more_admins())


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    first = [(row.get("valid_from") or dt.date.min, row.get("valid_to") or dt.date.max) for row in (one, other)]
    return max(first[0][0], first[1][0]) <= min(first[0][1], first[1][1])


def _over(row: dict[str, Any]) -> bool:
    return row.get("valid_to") is not None and row["valid_to"] < timezone.localdate()


PostForms = forms.inlineformset_factory(
    User, Post, form=PostForm, formset=PostRows, fk_name="user", extra=2, can_delete=True,
    max_num=MOST_POSTS, absolute_max=MOST_POSTS, validate_max=True,
)  # fmt: skip


class UserForm(RegisterForm):
    """Who a user is and which posts he holds; a password is set for a new user and, when filled in, reset for
    an old one.

    An administrator gives and ends posts in his own areas. What concerns the whole account (name, password,
    switching off) is his to change only when no post of the user lies outside of them. The two are permissions of
    their own: who keeps the accounts proposes posts, which wait; who grants posts does not touch the account.
    """

    new_password = forms.CharField(
        label=gettext_lazy("设置密码"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("新用户必填；老用户留空表示不改。至少 10 个字符"),
    )

    more_template = "registry/user_posts.html"

    class Meta:
        model = User
        fields = ["username", "display_name", "email", "is_active"]
        # here and not later: what a form says of a conflict is said before __init__ ends
        labels = {
            "username": gettext_lazy("用户名"),
            "email": gettext_lazy("邮箱"),
            "is_active": gettext_lazy("启用"),
        }

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        # before the form itself is made: a bound one is cleaned while it is
        data = args[0] if args else kwargs.get("data")
        person, self.user = kwargs.get("instance") or User(), user
        self.is_self = person.pk is not None and person.pk == user.pk
        self.keeps_accounts, self.grants = may(user, Action.MANAGE_ACCOUNTS), may(user, Action.GRANT_POSTS)
        if person.pk is None and not self.keeps_accounts:
            raise PermissionDenied(_("新账号由系统管理员建立；您给已有的账号授予岗位"))
        with_it = Action.GRANT_POSTS if self.grants else Action.MANAGE_ACCOUNTS
        mine = visible(Post.objects.exclude(user=user.pk).exclude(standing=Standing.REFUSED), user, with_it)
        self.elsewhere = _elsewhere(person, mine)
        # what is sent without posts leaves them as they are
        self.posts_sent = data is not None and not self.is_self and "posts-TOTAL_FORMS" in data
        self.posts = PostForms(
            data if self.posts_sent else None,
            instance=person,
            queryset=mine.filter(user=person.pk) if person.pk else mine.none(),
            prefix="posts",
            form_kwargs={"admin": user, "grants": self.grants, "choices": role_choices(Post())},
        )
        self.before = _said(person)
        self.posts_opened = versions.token(self.before)
        super().__init__(*args, user=user, **kwargs)
        self.fields["username"].help_text = _("字母、数字和 @ . + - _")
        self.fields["email"].help_text = _("报警等通知发到这里；可以不填")
        self.fields["is_active"].help_text = _("停用后立即不能登录，记录保留")
        self._close_what_is_not_his()
        style(self)

    def _close_what_is_not_his(self) -> None:
        if (self.elsewhere and not self.is_self) or not self.keeps_accounts:
            for field in self.fields.values():
                field.disabled = True

    def full_clean(self) -> None:
        self._close_what_is_not_his()
        super().full_clean()

    @property
    def refused(self) -> list[Post]:
        """The latest posts that were proposed for this user and refused, with the reason."""
        if self.instance.pk is None:
            return []
        rows = Post.objects.filter(user=self.instance, standing=Standing.REFUSED).order_by("-pk")
        return list(rows.select_related("area", "organisation__area", "own_role", "decided_by")[:3])

    @property
    def changed_data(self) -> list[str]:
        changed: list[str] = list(super().changed_data)
        return [*changed, "posts"] if self.posts_sent and self.posts.has_changed() else changed

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        if password:
            validate_password(password, self.instance)
            if not self.is_self and separation.is_on() and any(one.role in OFFICES for one in self.instance.held):
                # a password set by another is an office taken over
                raise ValidationError(_("三员的密码由本人修改；忘记了由服务器管理人员用 qiangqu user password 重设"))
        elif self.instance.pk is None:
            raise ValidationError(_("请为新用户设置密码"))
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.is_self and not cleaned.get("is_active"):
            raise ValidationError(_("不能停用自己；请由另一位管理员操作"))
        if self.posts_sent and not self.posts.is_valid():
            raise ValidationError(_("岗位有几处需要改正，已在下面标出；您填的内容都还在。"))
        given = self.posts_sent and any(form.has_changed() for form in self.posts.forms)
        if self.instance.pk is None and not given:
            raise ValidationError(_("请至少填一个岗位：角色、管辖区域和起始日期"))
        if self.instance.pk is not None and given and self.data.get(POSTS_OPENED) != self.posts_opened:
            raise ValidationError(_("打开本页以后岗位已被别人修改；请重新打开后再改"))
        self._refuse_empty_offices(bool(cleaned.get("is_active")))
        return cleaned

    def _refuse_empty_offices(self, stays: bool) -> None:
        """While the separation is on, none of the three offices is left without a holder."""
        if self.instance.pk is None or not separation.is_on():
            return
        today = timezone.localdate()
        kept: set[str] = set()
        if stays and not self.posts_sent:
            return
        if stays:
            for row in (form.cleaned_data for form in self.posts.forms if form.instance.pk and form.cleaned_data):
                begin, end = row.get("valid_from"), row.get("valid_to")
                if not row.get("DELETE") and begin and begin <= today and (end is None or end >= today):
                    kept.add(row.get("role", ""))
        for role in separation.alone_in(self.instance):
            if role not in kept:
                words = {"role": Role(role).label}
                raise ValidationError(_("%(role)s只有这一位；三员分立开启时请先给接替的人这个岗位") % words)

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data.get("new_password"):
            self.instance.set_password(self.cleaned_data["new_password"])
            throttle.unlock(self.instance.username)
        saved = super().save(commit)
        if commit and self.posts_sent:
            self.posts.instance = saved
            self.posts.save()
            saved.refresh_from_db()
        return saved

    def audit_detail(self) -> dict[str, Any]:
        after = _said(self.instance)
        changed = {key: [self.before.get(key, ""), after.get(key, "")] for key in sorted({*self.before, *after})}
        posts = {key: pair for key, pair in changed.items() if pair[0] != pair[1]}
        return ({"posts": posts} if posts else {}) | (
            {"password": "set"} if self.cleaned_data.get("new_password") else {}
        )


def _elsewhere(person: User, mine: Any) -> list[Post]:
    """Posts, held or to come, that this administrator may not change."""
    if person.pk is None:
        return []
    standing = Post.objects.filter(Q(valid_to=None) | Q(valid_to__gte=timezone.localdate()), user=person)
    standing = standing.exclude(standing=Standing.REFUSED)
    return list(standing.exclude(pk__in=mine.values("pk")).select_related("area", "organisation__area", "own_role"))


def _said(person: User) -> dict[str, str]:
    """The posts as they stand, for the audit trail and for seeing whether somebody else changed them."""
    if person.pk is None:
        return {}
    return {
        str(one.pk): told(one)
        for one in Post.objects.filter(user=person).select_related("area", "organisation", "own_role")
    }


def told(post: Post) -> str:
    """A post in words with its days: ``园区人员 · 宁东 2026-01-01—``."""
    end: dt.date | None = post.valid_to
    standing = "" if post.standing == Standing.GIVEN else f"（{post.get_standing_display()}）"
    return f"{post} {post.valid_from.isoformat()}—{end.isoformat() if end else ''}{standing}"
