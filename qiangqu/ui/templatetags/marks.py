"""Punctuation as the reader's language sets it; on every page without loading."""

from django import template

from qiangqu.base.terms import punctuation

register = template.Library()


@register.simple_tag
def mark(text: str) -> str:
    """``{{ name }}{% mark "：" %}{{ value }}``: the full-width mark, in English ``: ``."""
    return punctuation(text)
