"""Forms: what schemas may say, what data they let through, nothing beyond them."""

import json
import random

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from qiangqu.base.errors import InputError
from qiangqu.cases import forms
from qiangqu.cases.forms import FormErrors, from_post, read_form, sample, validated

FORM = read_form(
    json.dumps(
        {
            "schema": {
                "title": "试验",
                "type": "object",
                "required": ["title", "kind"],
                "properties": {
                    "title": {"type": "string", "title": "标题", "maxLength": 10},
                    "kind": {"type": "string", "title": "类别", "enum": ["甲", "乙"]},
                    "amount": {"type": "number", "title": "金额", "minimum": 0},
                    "count": {"type": "integer", "maximum": 5},
                    "day": {"type": "string", "format": "date"},
                    "mobile": {"type": "string", "format": "mobile"},
                    "agree": {"type": "boolean", "title": "同意"},
                    "parts": {"type": "array", "items": {"type": "string", "enum": ["一", "二"]}},
                },
            }
        }
    ),
    "test",
)


def test_good_data_passes():
    data = {"title": "甲", "kind": "乙", "amount": 1.5, "count": 3, "day": "2026-12-31", "parts": ["一"], "agree": True}
    assert validated(FORM, data) == data


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"extra": 1}, ""),
        ({"title": "一" * 11}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"kind": "丙"}, "kind"),
        ({"amount": -1}, "amount"),
        ({"amount": float("nan")}, "amount"),
        ({"amount": "12"}, "amount"),
        ({"amount": 1e300}, "amount"),
        ({"amount": True}, "amount"),
        ({"count": 2.5}, "count"),
        ({"day": "2026-13-01"}, "day"),
        ({"day": "20261231"}, "day"),
        ({"mobile": "12345"}, "mobile"),
        ({"parts": ["三"]}, "parts"),
        ({"parts": ["一", "一"]}, "parts"),
        ({"agree": "yes"}, "agree"),
        ({"__class__": "x"}, ""),
    ],
)
def test_bad_data_is_answered_at_its_field(change, field):
    with pytest.raises(FormErrors) as error:
        validated(FORM, {"title": "甲", "kind": "甲"} | change)
    assert field in error.value.errors


def test_missing_answers_are_named():
    with pytest.raises(FormErrors) as error:
        validated(FORM, {})
    assert set(error.value.errors) == {"title", "kind"}


def test_a_browsers_answers_are_typed():
    post = QueryDict(
        "csrfmiddlewaretoken=x&_step=3&title=+甲+&kind=甲&amount=1,200.5&count=3&agree=on&parts=一&parts=&day="
    )
    assert from_post(FORM, post) == {
        "title": "甲", "kind": "甲", "amount": 1200.5, "count": 3, "agree": True, "parts": ["一"],
    }  # fmt: skip
    assert "evil" in from_post(FORM, QueryDict("evil=1"))


@pytest.mark.parametrize("text", ["12,5", "0,125", "1,2345", "12，5", "1_000", "12.5①", "10²", ",5"])
def test_no_part_of_a_number_is_taken_for_the_number(text):
    assert from_post(FORM, QueryDict(f"amount={text}"))["amount"] == text
    with pytest.raises(FormErrors) as error:
        validated(FORM, {"title": "甲", "kind": "甲", "amount": text})
    assert "amount" in error.value.errors


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": {"type": "string", "pattern": "(a+)+$"}}},
        {"type": "object", "properties": {"a": {"$ref": "http://example.com/x"}}},
        {"type": "object", "properties": {"a": {"type": "object"}}},
        {"type": "object", "properties": {"A": {"type": "string"}}},
        {"type": "object", "properties": {"__class__": {"type": "string"}}},
        {"type": "object", "properties": {"overdue": {"type": "string"}}},
        {"type": "object", "properties": {"a": {"type": "string", "maxLength": 10**9}}},
        {"type": "object", "properties": {"a": {"type": "string", "enum": []}}},
        {"type": "object", "properties": {f"a{n}": {"type": "string"} for n in range(100)}},
        {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["b"]},
        {"type": "object", "properties": {}, "patternProperties": {".*": {}}},
        {"type": "array"},
    ],
)
def test_schemas_that_could_hurt_are_refused(schema):
    with pytest.raises(InputError):
        read_form(json.dumps({"schema": schema}), "bad")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{",
        '{"schema": 1}',
        "[" * 10_000,
        '{"schema": {"properties": {"a": {"type": "string"}}}, "order": ["a", "a"]}',
    ],
)
def test_broken_form_files_are_told(text):
    with pytest.raises(InputError):
        read_form(text, "bad")


@given(st.integers())
def test_samples_fit_their_own_form(seed):
    import random

    validated(FORM, sample(FORM, random.Random(seed)))


@given(
    st.dictionaries(
        st.text(max_size=10),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=20),
            lambda x: st.lists(x, max_size=3),
            max_leaves=5,
        ),
        max_size=6,
    )
)
def test_any_data_passes_or_is_refused(data):
    try:
        assert validated(FORM, data) == data
    except FormErrors as error:
        assert error.errors


FIELD = {"type": "integer", "title": "数"}


@pytest.mark.parametrize(
    "field",
    [
        FIELD | {"minimum": "x"}, FIELD | {"minimum": True}, FIELD | {"maximum": 10**13}, FIELD | {"minimum": 5, "maximum": 4},
        FIELD | {"exclusiveMinimum": []}, FIELD | {"format": "date"}, FIELD | {"enum": ["a"]}, FIELD | {"default": "x"},
        FIELD | {"default": {}}, FIELD | {"title": {}}, FIELD | {"title": "x" * 201}, FIELD | {"description": 5},
        {"type": "string", "minLength": "x"}, {"type": "string", "minLength": -1}, {"type": "string", "maxLength": True},
        {"type": "string", "minLength": 9, "maxLength": 8}, {"type": "string", "format": []}, {"type": "string", "enum": [{}]},
        {"type": "array", "items": {"type": "string"}, "maxItems": "x"}, {"type": "array", "items": {"type": "string"}, "maxItems": 51},
        {"type": "array", "items": {"type": "string"}, "minItems": 3, "maxItems": 2},
        {"type": "array", "items": {"type": "string"}, "uniqueItems": "x"}, {"type": "array", "items": {"type": "string"}, "default": [1]},
        {"type": []}, {"type": {"a": 1}},
    ],
)  # fmt: skip
def test_words_of_a_field_have_bounded_types(field):
    with pytest.raises(InputError):
        read_form(json.dumps({"schema": {"type": "object", "properties": {"a": field}}}), "f")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
@pytest.mark.parametrize("word", ["minimum", "default", "maxItems"])
def test_numbers_that_are_none_are_refused(number, word):
    field = f'{{"type": "number", "{word}": {number}}}'
    text = f'{{"schema": {{"type": "object", "properties": {{"a": {field}}}}}}}'
    with pytest.raises(InputError):
        read_form(text, "f")


@pytest.mark.parametrize("widgets", [{"a": {}}, {"a": []}, {"a": None}, [], "x", {"b": "radio"}])
def test_widgets_are_known_words(widgets):
    with pytest.raises(InputError):
        read_form(json.dumps({"schema": {"type": "object", "properties": {"a": FIELD}}, "widgets": widgets}), "f")


def test_a_form_that_an_older_release_saved_is_still_read():
    field = {"type": "array", "items": {"type": "string"}, "maxItems": 100, "title": "x" * 300}
    text = json.dumps({"schema": {"type": "object", "properties": {"a": field}}})
    assert read_form(text, "f", strict=False).fields["a"]["maxItems"] == 50


@pytest.mark.parametrize(
    "field",
    [{"minimum": 5000}, {"maximum": -5000}, {"exclusiveMinimum": 7, "maximum": 8}, {"minimum": 3, "maximum": 3}, {}],
)
@pytest.mark.parametrize("kind", ["integer", "number"])
def test_made_up_numbers_fit_their_bounds(field, kind):
    form = read_form(json.dumps({"schema": {"type": "object", "properties": {"a": {"type": kind} | field}}}), "f")
    choose = random.Random(1)
    for _n in range(50):
        validated(form, sample(form, choose))


@pytest.mark.parametrize(
    ("number", "is_one"),
    [
        ("DC-64-2026-000007", True),
        ("ABCDEF-ABCDEFGH-2026-000007", True),
        ("DC-2026-000007", True),  # of release 0.1.0
        ("DC--2026-000007", False),
        ("DC-64-7-2026-000007", False),
        ("DC-ABCDEFGHI-2026-000007", False),
    ],
)
def test_a_case_is_named_by_its_number_with_or_without_a_node(number, is_one):
    assert forms._FORMATS.conforms(number, "case") is is_one
