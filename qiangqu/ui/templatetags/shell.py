"""Tags of the page shell: charts, icons, the title twice, links that keep the query."""

from typing import Any
from uuid import uuid4

from django import template
from django.template.base import Parser, Token
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from qiangqu.base.terms import spoken
from qiangqu.ui.charts import check, words
from qiangqu.ui.hooks import hooks

register = template.Library()


@register.inclusion_tag("ui/chart.html")
def chart(
    kind: str, data: dict[str, Any], height: int | None = None, label: str = "", table: bool = True
) -> dict[str, Any]:
    """A chart of ``kind`` with ``data`` (shapes in :mod:`qiangqu.ui.charts`), ``height`` in pixels (None: the
    kind's own), ``label`` for screen readers and as caption, and a data table below that opens on demand."""
    check(kind, data)
    name = f"chart-{uuid4().hex[:10]}"
    return {
        "kind": kind,
        "data": spoken(data),
        "words": words(),
        "id": name,
        "words_id": f"{name}-words",
        "height": height,
        "label": label,
        "table": table,
    }


@register.simple_tag
def icon(name: str) -> SafeString:
    """A Tabler icon beside a text (hidden from screen readers)."""
    return format_html('<i class="ti ti-{}" aria-hidden="true"></i>', name)


class _Again(template.Node):
    def __init__(self, name: str) -> None:
        self.name = name

    def render(self, context: template.Context) -> str:
        blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
        block = blocks.get_block(self.name) if blocks else None
        return str(block.render(context)).strip() if block else ""


@register.tag
def again(parser: Parser, token: Token) -> _Again:
    """``{% again title %}`` shows a block a second time: the page's title is in the window's title and its
    heading.
    """
    return _Again(token.split_contents()[1])


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The present address's query with ``changes`` (None or "" drops a key): ``<a href="{% query page=2
    %}">``.
    """
    params = context["request"].GET.copy()
    for key, value in changes.items():
        if value in (None, ""):
            params.pop(key, None)
        else:
            params[key] = value
    return f"?{params.urlencode()}"


@register.simple_tag
def off_line(area: Any) -> SafeString | str:
    """``{% off_line area %}`` beside a figure of an area: which nodes below are off and since when, so that what they
    have written since is not in it; "" when all call."""
    found = hooks.off(getattr(area, "path", "") or "")
    if not found:
        return ""
    said = [
        _("%(name)s断网，数据截至 %(at)s") % {"name": one.name, "at": timezone.localtime(one.since).strftime("%m-%d %H:%M")}
        if one.since
        else _("%(name)s还没有来过数据") % {"name": one.name}
        for one in found
    ]  # fmt: skip
    word, more = said[0], len(said) - 1
    if more:
        word = _("%(first)s等 %(count)s 个节点") % {"first": word, "count": more + 1}
    return format_html(
        '<span class="qq-off" title="{}"><i class="ti ti-plug-connected-x" aria-hidden="true"></i> {}</span>',
        "\n".join(said), word,
    )  # fmt: skip
