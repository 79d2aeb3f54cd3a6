"""Words of the alarm pages."""

from django import template

from ..factor_names import factor_name

register = template.Library()
register.filter("factor_word", factor_name)
