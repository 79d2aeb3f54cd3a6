"""Forms of rules and channels."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.errors import InputError
from qiangqu.messaging.sending import check_robot_url
from qiangqu.ui.registers.forms import RegisterForm, style

from .models import AlarmChannel, AlarmRule


class RuleForm(RegisterForm):
    """A rule; its conditions and lists are checked by the model."""

    class Meta:
        model = AlarmRule
        fields = [
            "code", "name", "area", "condition", "clear_condition", "limit", "factors", "intervals", "statistics", "devices", "severity",
            "delay_on", "delay_off", "grouping", "notify", "escalation", "enabled", "valid_from", "valid_to", "note",
        ]  # fmt: skip


class ChannelForm(RegisterForm):
    """A robot. Its address and secret let anybody write to the group: they are entered, never shown."""

    new_url = forms.CharField(
        label=gettext_lazy("机器人地址"),
        max_length=500,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("机器人设置页给出的 https 地址；已有渠道留空表示不改"),
    )
    new_secret = forms.CharField(
        label=gettext_lazy("加签密钥"),
        max_length=120,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("钉钉“加签”的密钥；没有则留空，留空表示不改"),
    )

    class Meta:
        model = AlarmChannel
        fields = ["name", "kind", "area", "severity", "enabled", "valid_from", "valid_to", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        style(self)

    def clean_new_url(self) -> str:
        url: str = self.cleaned_data["new_url"].strip()
        if not url:
            if self.instance.pk is None:
                raise forms.ValidationError(_("请填写机器人地址"))
            return url
        try:
            check_robot_url(url)
        except InputError as error:
            raise forms.ValidationError(error.message) from error
        # the model checks its own field too, before save() would set it
        self.instance.url = url
        return url

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data["new_secret"]:
            self.instance.secret = self.cleaned_data["new_secret"]
        return super().save(commit)

    def audit_detail(self) -> dict[str, Any]:
        return {"address_changed": bool(self.cleaned_data.get("new_url"))}
