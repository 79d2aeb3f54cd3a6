"""Pages of one form and pages that only read: what is done, refused, shown again, and to whom."""

import datetime as dt
from typing import Any

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.test import RequestFactory

from qiangqu.base.errors import ConflictError, InputError, NotFoundError
from qiangqu.registry.models import Area
from qiangqu.registry.roles import Action
from qiangqu.registry.showing import page
from qiangqu.registry.tests import factories
from qiangqu.ui.formpage import done, form_page, sent_day, sent_numbers
from qiangqu.ui.lists import Asked
from qiangqu.ui.recordform import RecordForm
from qiangqu.ui.registers import EVERY, Register


class Depth(forms.Form):
    metres = forms.FloatField(min_value=0)


def shown(request: HttpRequest, template: Any, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(f"{template}|{context['error']}|{context.get('more', '')}", status=status)


def ask(act: Any, sent: dict[str, str] | None = None) -> HttpResponse:
    factory = RequestFactory()
    request = factory.get("/") if sent is None else factory.post("/", sent)
    form = Depth(request.POST or None)
    return form_page(request, "t", act, lambda: {"more": "beside"}, form=form, show=shown)


def refuse(error: Exception) -> Any:
    def act() -> HttpResponse:
        raise error

    return act


def test_a_form_is_shown_done_or_shown_again() -> None:
    made = HttpResponse("made")
    assert ask(lambda: made).content == b"t||beside"
    assert ask(lambda: made, {"metres": "3"}) is made
    wrong = ask(refuse(AssertionError("not reached")), {"metres": "-1"})
    assert wrong.status_code == 422 and wrong.content == b"t||beside"
    for error in (InputError("太深", where="metres"), ConflictError("太深", where="metres")):
        said = ask(refuse(error), {"metres": "3"})
        assert said.status_code == 422 and said.content.decode() == "t|metres：太深|beside"
    with pytest.raises(NotFoundError):
        ask(refuse(NotFoundError("没有")), {"metres": "3"})


def test_an_act_without_a_form_of_its_own() -> None:
    request = RequestFactory().post("/")
    assert form_page(request, "t", refuse(InputError("不行")), show=shown).content.decode() == "t|不行|"


def test_what_was_done_is_said_on_the_next_page(client: Any, db: None) -> None:
    user = factories.users(factories.tree())["zone"]
    client.force_login(user)
    request = client.get("/").wsgi_request
    answer = done(request, "已保存", "areas-detail", pk=7)
    assert answer.status_code == 302 and answer.url == "/areas/7/"  # type: ignore[attr-defined]
    assert [str(one) for one in get_messages(request)] == ["已保存"]


@page("ui/search.html", Action.EDIT_REGISTERS)
def found(asked: Asked, word: str) -> dict[str, Any]:
    """What was found."""
    return {"q": word, "hits": [], "today": asked.once("today", lambda: asked.today)}


def test_a_page_is_for_those_with_the_permission(client: Any, db: None) -> None:
    people = factories.users(factories.tree())

    def request_of(name: str, method: str = "get") -> Any:
        client.force_login(people[name])
        request = client.get("/").wsgi_request
        request.method = method.upper()
        return request

    assert found.__doc__ == "What was found."
    answer = found(request_of("zone"), word="铜")
    assert answer.status_code == 200 and "铜" in answer.content.decode()
    with pytest.raises(PermissionDenied):
        found(request_of("leader"), word="铜")
    assert found(request_of("zone", "post"), word="铜").status_code == 405


def test_a_register_of_every_field_enters_all_but_what_is_kept() -> None:
    one = Register(code="areas-too", model=Area, form_fields=EVERY)
    assert one.form_fields[-3:] == ("valid_from", "valid_to", "note") and "path" not in one.form_fields
    assert one.columns[:2] == ("name", "code") and "note" not in one.columns
    assert set(one.columns) | {"note"} == set(one.form_fields)
    assert Register(code="read", model=Area, columns=("name",)).form_fields == ()


class AreaForm(RecordForm):
    at = forms.DateTimeField()

    class Meta:
        model = Area
        fields = ("code", "name", "level", "parent", "note", "valid_from")
        widgets = {"note": forms.Textarea}
        rows = {"note": 7}
        once, empty = ("code",), {"parent": "（没有上级）"}


class RevisedForm(AreaForm):
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)


def test_a_form_of_a_record_is_what_it_declares(db: None) -> None:
    areas = factories.tree()
    form = AreaForm(offered={"parent": Area.objects.filter(pk=areas["R"].pk)})
    fields: dict[str, Any] = form.fields
    assert list(fields["parent"].choices) == [("", "（没有上级）"), (areas["R"].pk, str(areas["R"]))]
    assert ("", "请选择") in fields["level"].choices and fields["level"].widget.attrs["class"] == "form-select"
    assert fields["note"].widget.attrs["rows"] == 7
    assert 'type="date"' in str(form["valid_from"]) and 'type="datetime-local"' in str(form["at"])
    for moment, right in (("2026-03-01T09:30", True), ("2026-03-01 09:30", True), ("0001-01-01T00:00", False)):
        assert ("at" not in AreaForm({"at": moment}).errors) is right


def test_what_is_entered_once_is_not_changed(db: None) -> None:
    one = factories.tree()["Z1"]
    one.revision = 4  # type: ignore[attr-defined]
    form = RevisedForm(instance=one)
    assert "code" not in form.fields and "code" in AreaForm().fields and form.initial["revision"] == 4


def test_days_and_ticks_off_a_form() -> None:
    sent = QueryDict("due=2026-03-01&none=&wrong=1.3.2026&row=3&row=x&row=-1&row=12")
    assert sent_day(sent, "due") == dt.date(2026, 3, 1) and sent_day(sent, "none") is sent_day(sent, "absent") is None
    with pytest.raises(InputError, match=r"1\.3\.2026"):
        sent_day(sent, "wrong")
    assert sent_numbers(sent, "row") == [3, 12] and sent_numbers(sent, "row", 1) == [3]
