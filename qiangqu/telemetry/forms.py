"""The form of a device. Secrets can be set but are never shown."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.ui.registers.forms import RegisterForm

from .models import Device

FIELDS = (
    "mn",
    "name",
    "protocol",
    "serial",
    "system",
    "area",
    "organisation",
    "enabled",
    "lon",
    "lat",
    "valid_from",
    "valid_to",
    "note",
)


def password_of(text: str) -> str:
    """A password as it may stand in a frame. Raises ValidationError."""
    if not re.fullmatch(r"[\x21-\x7e]{0,40}", text) or any(sign in text for sign in ";&#="):
        raise ValidationError(_("密码只能用英文字母、数字和符号，且不能含 ; & # ="))
    return text


def key_of(text: str) -> str:
    """An SM4 key as people write it, "" for none given. Raises ValidationError."""
    if text not in ("", "-") and not re.fullmatch(r"[0-9A-Fa-f]{32}", text):
        raise ValidationError(_("密钥应为 32 位十六进制数"))
    return text


def new_key(text: str) -> str:
    """The key to store for a filled field: ``-`` takes the key away. Raises ValidationError."""
    return "" if text == "-" else key_of(text)


class DeviceForm(RegisterForm):
    """A device with its password and key: empty fields leave what is stored."""

    new_password = forms.CharField(
        label=gettext_lazy("访问密码 PW"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("留空则不改；已存的密码不显示"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    new_key = forms.CharField(
        label=gettext_lazy("SM4 密钥"),
        required=False,
        max_length=32,
        help_text=gettext_lazy("32 位十六进制数；留空则不改，已存的密钥不显示；填 - 删除"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = Device
        fields = FIELDS

    def clean_new_password(self) -> str:
        return password_of(self.cleaned_data["new_password"])

    def clean_new_key(self) -> str:
        return key_of(self.cleaned_data["new_key"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if (cleaned.get("lon") is None) != (cleaned.get("lat") is None):
            self.add_error("lat", _("经度和纬度应同时填写或同时留空"))
        if cleaned.get("new_password"):  # before the record is checked, which asks for one
            self.instance.password = cleaned["new_password"]
        return cleaned

    def audit_detail(self) -> dict[str, Any]:
        """That a secret was changed, never what it is."""
        return {
            name: "changed"
            for name, given in (("password", "new_password"), ("key", "new_key"))
            if self.cleaned_data.get(given)
        }

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data.get("new_key"):
            self.instance.key = new_key(self.cleaned_data["new_key"])
        return super().save(commit)


class PointForm(RegisterForm):
    """What a person may say of a point."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        low, high = cleaned.get("lower"), cleaned.get("upper")
        if low is not None and high is not None and high <= low:
            self.add_error("upper", _("量程上限应大于下限"))
        return cleaned
