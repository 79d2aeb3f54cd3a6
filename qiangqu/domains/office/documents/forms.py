"""The two forms: a draft, and the entry of a document that came in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from qiangqu.ui.recordform import RecordForm

from ..models.documents import Document
from .rules import MAX_TEXT

WIDE = ("title", "addressees", "copies_to")  # one line as wide as the form


class DraftForm(RecordForm):
    """A draft; ``revision`` tells whether somebody saved in between."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Document
        fields = (
            "body", "kind", "title", "urgency", "openness", "addressees", "copies_to", "text", "remark", "upward",
            "restricted", "answers_to",
        )  # fmt: skip
        labels = {"body": _("发文机关")}
        help_texts = {
            "text": _("每段一行；“一、”“（一）”开头的自动排成黑体、楷体（GB/T 9704—2012 7.3.3）"),
            "addressees": _("多个用逗号分开"),
            "upward": _("版头写签发人；请示、报告、议案自动按上行文处理，由主要负责人签发"),
            "restricted": _("只有经办人、传阅对象和本单位文书能看"),
            "remark": _("印发传达范围，或请示的联系人和电话"),
        }
        widgets = {
            **dict.fromkeys(WIDE, forms.Textarea),
            "text": forms.Textarea(attrs={"maxlength": MAX_TEXT}),
            "answers_to": forms.HiddenInput,
        }
        rows = {**dict.fromkeys(WIDE, 1), "text": 18}
        once, empty = ("body", "answers_to"), {"body": None}

    def clean_title(self) -> str:
        return " ".join(str(self.cleaned_data["title"]).split())


class ReceiptForm(RecordForm):
    """A document that came in on paper or by another system."""

    sender = forms.CharField(label=_("来文单位"), max_length=80)

    class Meta:
        model = Document
        fields = (
            "body", "sender", "number", "title", "kind", "urgency", "dated", "received_on", "pages", "answer_by",
            "restricted",
        )  # fmt: skip
        labels = {"body": _("收文机关"), "number": _("来文字号")}
        help_texts = {"number": _("没有字号的留空"), "answer_by": _("紧急公文必填")}
        empty = {"body": None}
