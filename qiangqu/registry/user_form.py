"""The form in which an administrator makes and changes users."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.ui.registers.forms import RegisterForm, style

from . import throttle
from .models import Role, User


class UserForm(RegisterForm):
    """Role and scope of a user; a password is set for a new user and, when filled in, reset for an old one."""

    new_password = forms.CharField(
        label=gettext_lazy("设置密码"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("新用户必填；老用户留空表示不改。至少 10 个字符"),
    )

    class Meta:
        model = User
        fields = ["username", "display_name", "email", "role", "area", "organisation", "is_active"]
        # here and not later: what a form says of a conflict is said before __init__ ends
        labels = {
            "username": gettext_lazy("用户名"),
            "email": gettext_lazy("邮箱"),
            "is_active": gettext_lazy("启用"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = _("字母、数字和 @ . + - _")
        self.fields["email"].help_text = _("报警等通知发到这里；可以不填")
        self.fields["is_active"].help_text = _("停用后立即不能登录，记录保留")
        self.fields["area"].required = True
        style(self)

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        if password:
            validate_password(password, self.instance)
        elif self.instance.pk is None:
            raise ValidationError(_("请为新用户设置密码"))
        return password

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance.pk == self.user.pk and (not cleaned.get("is_active") or cleaned.get("role") != self.user.role):
            raise ValidationError(_("不能停用自己或改变自己的角色；请由另一位管理员操作"))
        if cleaned.get("role") == Role.ENTERPRISE and not cleaned.get("organisation"):
            self.add_error("organisation", _("企业用户必须指明所属单位：他只看得到本单位的内容"))
        return cleaned

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data.get("new_password"):
            self.instance.set_password(self.cleaned_data["new_password"])
            throttle.unlock(self.instance.username)
        return super().save(commit)

    def audit_detail(self) -> dict[str, Any]:
        return {"password": "set"} if self.cleaned_data.get("new_password") else {}
