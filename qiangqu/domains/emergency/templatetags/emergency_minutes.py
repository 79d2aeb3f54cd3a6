"""How pages of emergencies say minutes."""

from django import template

register = template.Library()


@register.filter
def minutes(value: float | None) -> str:
    """Minutes as people say them: whole ones, one decimal below ten.

    >>> minutes(3.14), minutes(61.5), minutes(None)
    ('3.1', '62', '')
    """
    if value is None:
        return ""
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"
