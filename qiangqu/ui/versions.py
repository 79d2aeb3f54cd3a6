"""No change is lost: a form carries what the record said when it was opened, and who saves second is shown
both.

A form class takes :class:`Opened` as its first base. Its hidden field ``opened`` holds the values of the
fields at that time. When one of them has been changed since, nothing is saved: fields that this user did not
touch take the new value, for the others both values are named, and the form that is shown again stands on the
newest state, so that saving once more is a decision. Forms written by hand use :func:`token` and
:func:`check`. A form that comes without ``opened`` (and without the number of a version, which says the same)
overwrites nothing: programs use the API. The record must be read under a lock for a POST: :func:`writing` and
:func:`locked`.
"""

import datetime as dt
import json
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django import forms
from django.db import connection, models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from qiangqu.base.errors import ConflictError
from qiangqu.base.terms import clauses, listed

FIELD = "opened"
LONGEST = 120
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_NOT_COMPARED = (FIELD, "version", "revision", "effective_from")


def writing(request: HttpRequest) -> AbstractContextManager[Any]:
    """The transaction of a view that changes a record: for a POST all of it, from reading the record on."""
    return transaction.atomic() if request.method == "POST" else nullcontext()


def locked(rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """``rows`` held until the transaction ends, inside one; else as they are."""
    return rows.select_for_update(of=("self",)) if connection.in_atomic_block else rows


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, (QuerySet, set, tuple)):
        return list(value)
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)


def token(values: Mapping[str, Any]) -> str:
    """The hidden field's text for what a record says now."""
    return json.dumps(values, default=_plain, sort_keys=True, ensure_ascii=False)


def _shown(value: Any) -> str:
    if value in _NOTHING:
        return _("（空）")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, (list, tuple)):
        return listed(str(one) for one in value)[:LONGEST]
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def both(label: Any, now: Any, given: Any) -> str:
    """The sentence that shows both values of a field."""
    return _("%(label)s：现在是“%(now)s”，您填的是“%(given)s”") % {
        "label": label,
        "now": _shown(now),
        "given": _shown(given),
    }


class Stale(ConflictError):
    """Somebody else changed the record in between; nothing was written."""


def check(post: Mapping[str, Any], now: Mapping[str, Any], given: Mapping[str, Any], who: str = "") -> None:
    """For a form written by hand: ``now`` and ``given`` are the record's and the sent values by label, as
    people read them. Raises Stale, which names both, when something that is to be overwritten is not what it
    was when the form was opened with :func:`token` of ``now``."""
    sent = post.get(FIELD)
    opened = _opened(sent)
    plain, own = json.loads(token(now)), json.loads(token(given))
    lines = [
        both(label, now.get(label), given[label])
        for label in given
        if not _same(opened.get(label), plain.get(label)) and plain.get(label) != own[label]
    ]
    if lines:
        raise Stale(clauses([not_said() if sent is None else changed_by(who), *lines[:20]]))


def _opened(sent: str | None) -> dict[str, Any]:
    """What a form says that it was opened with; nothing when it does not say it in our words."""
    try:
        opened = json.loads(sent or "{}")
    except (ValueError, RecursionError):
        return {}
    return opened if isinstance(opened, dict) else {}


def _same(one: Any, other: Any) -> bool:
    """Whether two values of a token are alike; where nothing was and nothing is, nothing is written over."""
    return one == other or (one in _NOTHING and other in _NOTHING)


def not_said() -> str:
    return _("提交的内容没有带上打开时的值，不能确定期间有没有别人修改；请核对后再保存一次")


def changed_by(who: Any) -> str:
    return _("您打开这一页之后，%(who)s 已修改过这条记录；请核对后再保存一次") % {"who": str(who or _("别的用户"))}


class Opened(forms.BaseForm):
    """First base of forms that change a record: see the module. A form of a new record carries nothing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hidden = forms.CharField(required=False, widget=forms.HiddenInput)
        hidden.initial = lambda: token(self._now())
        if self._changes():
            self.fields[FIELD] = hidden

    def _changes(self) -> bool:
        """Whether this form changes what is there already."""
        return getattr(getattr(self, "instance", None), "pk", None) is not None

    def _who(self) -> str:
        """Who changed the record last, for the sentence; "" when not known."""
        return ""

    def _now(self) -> dict[str, Any]:
        # passwords and files are never part of what a form shows
        return {
            name: self.get_initial_for_field(field, name)
            for name, field in self.fields.items()
            if name not in _NOT_COMPARED and not isinstance(field.widget, (forms.PasswordInput, forms.FileInput))
        }

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and FIELD in self.fields:
            self._compare()

    def _compare(self) -> None:
        given: Any = self.data
        sent = given.get(self.add_prefix(FIELD))
        now = self._now()
        # the number of a version or revision says what the form was opened with, too: its own check decides
        numbers = [name for name in ("version", "revision") if name in self.fields]
        if sent is None and any(given.get(self.add_prefix(name)) for name in numbers):
            return
        if sent == token(now):
            self._stands()
            return
        opened = _opened(sent)
        plain = json.loads(token(now))
        data = given.copy()
        lines = []
        for name, value in now.items():
            if _same(opened.get(name), plain[name]):
                continue
            field, own = self.fields[name], self._sent(name, given)
            if not field.has_changed(value, own):
                continue
            label = field.label or name
            if name in opened and not field.has_changed(opened[name], own):
                _put(data, self.add_prefix(name), field, value)
                lines.append(_("%(label)s：已改为“%(now)s”") % {"label": label, "now": _shown(self._word(name, value))})
            else:
                lines.append(both(label, self._word(name, value), self._word(name, own)))
        data[self.add_prefix(FIELD)] = token(now)
        if "version" in self.fields:
            data[self.add_prefix("version")] = self.initial.get("version", "")
        if "revision" in self.fields:
            data[self.add_prefix("revision")] = str(self.initial.get("revision", ""))
        if not lines:
            self._stands()
            return
        self.data = data
        told = not_said() if sent is None else changed_by(self._who())
        self.add_error(None, forms.ValidationError([told, *lines], code="stale"))

    def _stands(self) -> None:
        """The fields are as they were when the form was opened: a revision that something else has made since
        (a file, a step) refuses nothing.
        """
        if "revision" in self.fields and "revision" in self.cleaned_data:
            self.cleaned_data["revision"] = self.initial.get("revision")

    def _sent(self, name: str, data: Any) -> Any:
        return self.fields[name].widget.value_from_datadict(data, self.files, self.add_prefix(name))

    def _word(self, name: str, value: Any) -> Any:
        """A value as people read it in this field."""
        field = self.fields[name]
        if isinstance(field, forms.BooleanField):
            return field.to_python(value)
        if isinstance(field, forms.ModelChoiceField):
            if isinstance(value, models.Model) or value in (None, ""):
                return value
            if not isinstance(field.widget, forms.Select):
                return field.prepare_value(value)
            queryset: Any = field.queryset
            by = field.to_field_name or "pk"
            try:
                return queryset.filter(**{by: value}).first() or value
            except (ValueError, TypeError):
                return value
        if isinstance(field, forms.ChoiceField):
            return dict(_flat(field.choices)).get(str(value), value)
        shown = field.prepare_value(value)
        return field.widget.format_value(shown) if not isinstance(shown, (list, dict)) else shown


def _flat(choices: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, word in choices:
        found += _flat(word) if isinstance(word, (list, tuple)) else [(str(key), word)]
    return found


def _put(data: Any, key: str, field: forms.Field, value: Any) -> None:
    """Put a stored value into sent data as the browser would send it."""
    if isinstance(field.widget, forms.CheckboxInput):
        data.pop(key, None)
        if value:
            data[key] = "on"
        return
    shown = field.prepare_value(value)
    if isinstance(shown, (list, tuple)) and hasattr(data, "setlist"):
        data.setlist(key, [str(_plain(one)) if isinstance(one, models.Model) else str(one) for one in shown])
        return
    text = field.widget.format_value(shown)
    text = text[0] if isinstance(text, list) and text else text
    data[key] = "" if text in (None, []) else str(text)
