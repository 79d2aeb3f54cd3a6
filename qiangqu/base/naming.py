"""How models are named. Chinese nouns have no plural: what a model is called is what several are called, unless
it says otherwise.
"""

from typing import Any

from django.db.models.signals import class_prepared


def _same_for_many(sender: Any, **_more: Any) -> None:
    meta = sender._meta
    name = meta.original_attrs.get("verbose_name")
    if name is not None and "verbose_name_plural" not in meta.original_attrs:
        meta.verbose_name_plural = name
        # migrations compare what a model says of itself
        meta.original_attrs["verbose_name_plural"] = name


def same_for_many() -> None:
    """Let models that are loaded from now on have one word for one and for many."""
    class_prepared.connect(_same_for_many, dispatch_uid="qiangqu.base.naming")
