"""``{% csrf_token %}`` as Django's, with the number of the form beside it (:mod:`qiangqu.ui.once`): no form
can forget it.
"""

import uuid
from typing import Any

from django import template
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..once import FIELD

register = template.Library()


def form_tokens(csrf: str) -> SafeString:
    """What ``{% csrf_token %}`` writes, for a form that is not made by a template; ``csrf`` is the page's
    token.
    """
    return format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><input type="hidden" name="{}" value="{}">',
        csrf, FIELD, uuid.uuid4().hex,
    )  # fmt: skip


class FormTokensNode(CsrfTokenNode):
    def render(self, context: Any) -> SafeString | str:
        found = super().render(context)
        return found and format_html('{}<input type="hidden" name="{}" value="{}">', found, FIELD, uuid.uuid4().hex)


@register.tag
def csrf_token(parser: Any, token: Any) -> FormTokensNode:
    return FormTokensNode()
