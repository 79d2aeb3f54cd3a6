"""The form of a record, generated from the model, with 生效日期 and search fields for large references."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qiangqu.base.fields import CodeField
from qiangqu.base.terms import bracketed, said
from qiangqu.base.text import code_look, folded, visible_text
from qiangqu.base.visibility import visible

from ..hooks import hooks
from ..versions import FIELD, Opened, changed_by
from .declare import Register

_CODE_AT_END = re.compile(r"[（(]([^（）()]{1,80})[）)]\s*\Z")


def reference_text(record: Any) -> str:
    """How a record is written where a person names it: ``名称（代码）``, or its text when it has no code."""
    code = getattr(record, "code", None)
    return bracketed(record, code) if code and str(record) != code else str(record)


def resolve_reference(rows: QuerySet[Any], text: str) -> Any:
    """The record of ``rows`` that ``text`` names: a code, ``名称（代码）`` or an unambiguous name. Raises
    ValidationError with a sentence.
    """
    text = visible_text(text)
    names = {field.name for field in rows.model._meta.concrete_fields}
    if "code" in names:
        in_brackets = _CODE_AT_END.search(text)
        for code in (
            text,
            folded(text),
            *([in_brackets.group(1).strip(), folded(in_brackets.group(1))] if in_brackets else ()),
        ):
            found = rows.filter(code=code).first()
            if found is not None:
                return found
    for name in ("name", "short_name", "username"):
        if name in names:
            same = list(rows.filter(**{name: text})[:2])
            if len(same) == 1:
                return same[0]
            if same:
                raise ValidationError(_("有多个“%(text)s”，请改填代码"), params={"text": text[:40]})
    raise ValidationError(_("没有找到“%(text)s”，请从提示中选择或填写代码"), params={"text": text[:40]})


class PickField(forms.ModelChoiceField):
    """A reference typed by name or code, with suggestions; for registers too large for a select box."""

    def __init__(self, queryset: QuerySet[Any], url: str, **kwargs: Any) -> None:
        super().__init__(queryset, widget=forms.TextInput(), **kwargs)
        self.widget.attrs.update({"autocomplete": "off", "maxlength": "160", "data-pick": url})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, models.Model):
            return reference_text(value)
        if isinstance(value, int):
            record = self.queryset.filter(pk=value).first()  # type: ignore[union-attr]
            return reference_text(record) if record else ""
        return value

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        return resolve_reference(self.queryset, str(value)[:200])  # type: ignore[arg-type]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "")


def style(form: forms.BaseForm) -> None:
    """Tabler's classes on a form's widgets; a wrong field is marked, also for screen readers."""
    for name, field in form.fields.items():
        widget = field.widget
        if isinstance(widget, forms.CheckboxInput):
            css = "form-check-input"
        else:
            css = "form-select" if isinstance(widget, forms.Select) else "form-control"
        wrong = form.is_bound and name in form.errors
        widget.attrs["class"] = css + (" is-invalid" if wrong else "")
        if wrong:
            widget.attrs["aria-invalid"] = "true"
        if isinstance(widget, forms.DateInput):
            widget.input_type = "date"
            widget.format = "%Y-%m-%d"
        if isinstance(widget, forms.Textarea):
            widget.attrs["rows"] = 3


class RegisterForm(Opened, forms.ModelForm):
    """Base of all record forms: references limited to what the user may see, the day from which the change
    holds, and no silent overwriting.
    """

    effective_from = forms.DateField(
        label=gettext_lazy("生效日期"),
        help_text=gettext_lazy("从哪一天起是这样；更正录入错误时填原来的日期"),
        widget=forms.DateInput(format="%Y-%m-%d"),
    )
    version = forms.CharField(widget=forms.HiddenInput, required=False)
    #: False: a change holds from when it is saved, whatever day it is
    dated = True

    def __init__(self, *args: Any, register: Register, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.register, self.user = register, user
        for name in list(self.fields):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                rows = visible(field.queryset, user)  # type: ignore[arg-type]
                if name in register.pickers:
                    url = reverse(f"{register.code}-pick", args=[name])
                    self.fields[name] = PickField(
                        rows,
                        url,
                        label=field.label,
                        required=field.required,
                        help_text=field.help_text or gettext_lazy("输入名称或代码查找"),
                    )
                else:
                    field.queryset = rows
                    field.empty_label = _("请选择") if field.required else _("（无）")
            elif isinstance(field, forms.TypedChoiceField):
                choices: list[Any] = list(field.choices)  # type: ignore[arg-type]
                if choices and not choices[0][0] and str(choices[0][1]).startswith("---"):
                    field.choices = [("", _("请选择") if field.required else _("（无）")), *choices[1:]]
            if name in register.units:
                field.help_text = said(str(register.units[name]))
        self.last_version = None
        if register.has_history and self.instance.pk:
            self.last_version = self.instance.history.order_by("-history_id").select_related("history_user").first()
            self.newest_day = self._newest_day()
            self.initial.setdefault("effective_from", timezone.localdate())
            self.initial["version"] = str(self.last_version.history_id) if self.last_version else ""
        else:
            del self.fields["effective_from"], self.fields["version"]
        if not self.dated:
            self.fields.pop("effective_from", None)
        if not self.is_bound and "valid_from" in self.fields and not self.instance.pk:
            self.initial.setdefault("valid_from", timezone.localdate())
        style(self)

    def _newest_day(self) -> dt.date | None:
        newest = self.instance.history.order_by("-history_date").values_list("history_date", flat=True).first()
        return timezone.localtime(newest).date() if newest else None

    def clean_effective_from(self) -> dt.date:
        day: dt.date = self.cleaned_data["effective_from"]
        if day > timezone.localdate():
            raise ValidationError(_("生效日期不能晚于今天；到那一天再修改"))
        if self.newest_day and day < self.newest_day:
            raise ValidationError(
                _("最近一次变更自 %(day)s 起生效，生效日期不能更早"), params={"day": self.newest_day.isoformat()}
            )
        return day

    def _refuse_look_alikes(self, cleaned: dict[str, Any]) -> None:
        """A code that looks like that of another record is its code (the stored one may be older than the
        rule for codes).
        """
        model: Any = type(self.instance)
        for name in self.changed_data:
            model_field = model._meta.get_field(name) if name in {f.name for f in model._meta.concrete_fields} else None
            text = cleaned.get(name)
            if not isinstance(model_field, CodeField) or not model_field.unique or not text:
                continue
            try:
                code = model_field.to_python(text)
            except ValidationError:
                continue  # said when the record is checked, as is the same code
            look = code_look(code)
            others = (
                model._default_manager.exclude(pk=self.instance.pk).exclude(**{name: code}).values_list(name, flat=True)
            )
            if any(other and code_look(other) == look for other in others.iterator(chunk_size=5000)):
                self.add_error(name, ValidationError(_("“%(text)s”已被使用") % {"text": text[:40]}))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self._refuse_look_alikes(cleaned)
        first, last = cleaned.get("valid_from"), cleaned.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("终止日期早于起始日期"))
        # what the form was opened with says more (see Opened); without it the version decides, if there is
        # one
        sent = cleaned.get("version")
        if self.last_version and FIELD not in self.data and sent and sent != str(self.last_version.history_id):
            # the form that is shown again stands on the newest version: saving once more is a decision
            data: Any = self.data
            self.data = data.copy()
            self.data["version"] = str(self.last_version.history_id)  # type: ignore[index]
            raise ValidationError(changed_by(self._who()), code="stale")
        return cleaned

    def _who(self) -> str:
        if self.last_version:
            return str(self.last_version.history_user or _("系统"))
        return hooks.last_writer(self.register.object_type, self.instance.pk)

    def audit_detail(self) -> dict[str, Any]:
        """What the audit entry says besides the changed fields."""
        return {}

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        style(self)


def form_class(register: Register) -> type[RegisterForm]:
    """The register's own form class, or one generated from its ``form_fields``."""
    if register.form is not None:
        return register.form
    made: Any = forms.modelform_factory(register.model, form=RegisterForm, fields=list(register.form_fields))
    return made
