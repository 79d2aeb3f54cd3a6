"""The two forms: a draft, and the entry of a document that came in."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from qiangqu.ui.registers.forms import style
from qiangqu.ui.versions import Opened

from ..models import Document, DocumentKind
from .rules import MAX_TEXT

WIDE = ("title", "addressees", "copies_to")  # one line as wide as the form


class DraftForm(Opened, forms.ModelForm):  # type: ignore[type-arg]
    """A draft; ``revision`` tells whether somebody saved in between."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Document
        fields = (
            "body",
            "kind",
            "title",
            "urgency",
            "openness",
            "addressees",
            "copies_to",
            "text",
            "remark",
            "upward",
            "restricted",
        )
        widgets = dict.fromkeys(WIDE, forms.Textarea)

    def __init__(self, *args: Any, bodies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["body"]
        if self.instance.pk:
            del self.fields["body"]
        else:
            field.queryset, field.empty_label = bodies, None
            field.label = _("发文机关")
        self.fields["text"].help_text = _("每段一行；“一、”“（一）”开头的自动排成黑体、楷体（GB/T 9704—2012 7.3.3）")
        self.fields["addressees"].help_text = _("多个用逗号分开")
        self.fields["upward"].help_text = _("版头写签发人；请示、报告、议案自动按上行文处理，由主要负责人签发")
        self.fields["restricted"].help_text = _("只有经办人、传阅对象和本单位文书能看")
        self.fields["remark"].help_text = _("印发传达范围，或请示的联系人和电话")
        kind: Any = self.fields["kind"].widget
        kind.choices = [("", _("请选择")), *DocumentKind.choices]
        self.initial.setdefault("revision", self.instance.revision)
        style(self)
        self.fields["text"].widget.attrs |= {"rows": 18, "maxlength": MAX_TEXT}
        for name in WIDE:
            self.fields[name].widget.attrs["rows"] = 1

    def clean_title(self) -> str:
        return " ".join(str(self.cleaned_data["title"]).split())


class ReceiptForm(forms.ModelForm):  # type: ignore[type-arg]
    """A document that came in on paper or by another system."""

    class Meta:
        model = Document
        fields = (
            "body",
            "sender",
            "number",
            "title",
            "kind",
            "urgency",
            "dated",
            "received_on",
            "pages",
            "answer_by",
            "restricted",
        )

    def __init__(self, *args: Any, bodies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["body"]
        field.queryset, field.empty_label, field.label = bodies, None, _("收文机关")
        self.fields["sender"].required = True
        self.fields["number"].label = _("来文字号")
        self.fields["number"].help_text = _("没有字号的留空")
        self.fields["answer_by"].help_text = _("紧急公文必填")
        kind: Any = self.fields["kind"].widget
        kind.choices = [("", _("请选择")), *DocumentKind.choices]
        for name in ("dated", "received_on", "answer_by"):
            self.fields[name].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        style(self)
