"""Menu, search, numbers, charts' data, the title tag: without a database."""

import math
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template, engines
from django.test import RequestFactory

from qiangqu.ui import menu, search
from qiangqu.ui.charts import KINDS, check, words
from qiangqu.ui.hooks import hooks
from qiangqu.ui.maps import OUTLINES, outline_url
from qiangqu.ui.templatetags.quantities import quantity, signed, simulated_mark, status_badge


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(None, 1, "—"), ("", 1, "—"), ("x", 1, "—"), (math.nan, 1, "—"), (math.inf, 0, "—"), (True, 0, "—"), (0, 1, "0.0"), (-0.001, 1, "0.0"),
     (1234567.891, 2, "1,234,567.89"), (12.5, None, "12.5"), (3.0, None, "3"), (-5, 0, "-5"), ("7.25", 1, "7.2"), (1e-9, None, "0"), (2, 99, "2.00000000")],
)  # fmt: skip
def test_quantities(value, decimals, text):
    assert quantity(value, decimals) == text


def test_signed_quantities():
    assert [signed(v, 1) for v in (1, -1, 0, None)] == ["+1.0", "-1.0", "0.0", "—"]


def test_statuses_have_word_and_icon_and_escape_what_they_do_not_know():
    assert "预警" in status_badge("at_risk") and "ti-alert-triangle" in status_badge("at_risk")
    assert "无数据" in status_badge("<script>") and "<script>" not in status_badge("<script>")
    assert "模拟数据" in simulated_mark(True) and simulated_mark(False) == ""


def test_a_section_without_entries_is_not_shown(monkeypatch):
    monkeypatch.setattr(menu, "_items", {})
    monkeypatch.setattr(hooks, "may", lambda user, action: action != "secret")
    menu.register(
        menu.MenuItem("乙", "search", 20, prefix=("facts-",), section="数据"),
        menu.MenuItem("甲", "account", 10, "open", section="数据"),
        menu.MenuItem("丙", "login", 10, "secret", section="系统"),
        menu.MenuItem("丁", "no-such-page", 10, section="绿色"),
    )
    shown = menu.visible_menu(object(), "facts-list")
    assert [(section.label, [item.label for item in section.items]) for section in shown] == [("数据", ["甲", "乙"])]
    assert shown[0].current and [item.current for item in shown[0].items] == [False, True]
    # one page, one entry: its own, or the one that names it most particularly
    menu.register(menu.MenuItem("戊", "logout", 30, prefix=("facts-list-", "sea"), section="数据"))
    lit = {
        at: [i.label for i in menu.visible_menu(object(), at)[0].items if i.current]
        for at in ("search", "facts-list-x", "facts-y")
    }
    assert lit == {"search": ["乙"], "facts-list-x": ["戊"], "facts-y": ["乙"]}
    with pytest.raises(ValueError, match="nowhere"):
        menu.register(menu.MenuItem("x", "search", section="nowhere"))


def test_a_long_section_names_the_parts_whose_entries_it_holds(monkeypatch):
    monkeypatch.setattr(menu, "_items", {})
    monkeypatch.setattr(hooks, "may", lambda user, action: True)
    monkeypatch.setattr(menu, "reverse", lambda name: f"/{name}")

    def entries(part, *orders):
        menu.register(*(menu.MenuItem(f"{part}{n}", f"{part}-{n}", n, section="数据", part=part) for n in orders))

    entries("乙", 10, 30, 50, 70)
    entries("甲", 20, 40, 60, 80)
    [short] = menu.visible_menu(object())
    assert [item.label[0] for item in short.items] == list("乙甲" * 4) and not any(item.heading for item in short.items)
    entries("甲", 15)
    entries("丙", 25)
    [long] = menu.visible_menu(object())
    assert [(item.label, item.heading) for item in long.items if item.heading] == [("乙10", "乙"), ("甲15", "甲")]
    assert [item.label for item in long.items] == [
        "乙10",
        "丙25",
        "乙30",
        "乙50",
        "乙70",
        "甲15",
        "甲20",
        "甲40",
        "甲60",
        "甲80",
    ]


def test_search_limits_each_provider_and_the_query(monkeypatch):
    monkeypatch.setattr(search, "_providers", {})
    asked = []

    def endless(query, user, limit):
        asked.append(query)
        return (search.Hit("类", str(n), "", "/") for n in range(10_000))

    search.register("b", endless, 20)
    search.register("a", lambda *_: [search.Hit("首", "first", "", "/")], 10)
    hits = search.find("  一  二 " + "x" * 500, None, limit=3)
    assert [hit.kind for hit in hits] == ["首", "类", "类", "类"] and len(asked[0]) == search.MAX_QUERY
    assert search.find("   ", None) == []


def test_charts_that_do_not_fit_together_are_refused():
    with pytest.raises(ValueError, match="no chart"):
        check("pie", {})
    with pytest.raises(ValueError, match="observed"):
        check("target-path", {"x": ["1", "2"], "observed": [1]})
    with pytest.raises(ValueError, match="series"):
        check("line", {"x": ["1"], "series": [{"name": "a", "values": [1, 2]}]})
    assert set(KINDS) == {"target-path", "line", "bar", "ranking", "waterfall", "map", "sparkline", "gauge"}
    assert all(words().values())


def test_chart_data_cannot_break_out_of_its_script():
    data = {"x": ["</script><script>alert(1)</script>"], "series": [{"name": "<!--", "values": [None]}], "unit": "<b>"}
    html = Template('{% load shell %}{% chart "line" data label=label %}').render(
        Context({"data": data, "label": '"><img src=x>'})
    )
    assert "<script>alert" not in html and "<img" not in html and "<!--" not in html and "\\u003C/script" in html


def test_outlines_are_known_by_province_code():
    assert (
        outline_url("640100").endswith("vendor/maps/ningxia.json")
        and outline_url("NX-Z-01") is None
        and outline_url("990000") is None
    )
    assert len(set(OUTLINES.values())) == 34


def test_the_title_is_shown_twice():
    template = engines["django"].from_string(
        '{% extends "ui/outside.html" %}{% block title %} 名 {{ x }} {% endblock %}'
    )
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    html = template.render({"x": "<"}, request)
    assert "<title>名 &lt; · 强区</title>" in html


def test_links_keep_the_query():
    request = RequestFactory().get("/x/?a=1&page=3&b=<")
    template = engines["django"].from_string('{% load shell %}{% query page=4 a="" %}')
    assert template.render({"request": request}) == "?page=4&amp;b=%3C"


def test_a_panel_is_made_once_for_each_maker():
    from qiangqu.ui.registers import Panel, add_panel
    from qiangqu.ui.registers.declare import panels_of

    class Thing:
        pass

    def make(request, record):
        return Panel("题", "x.html", {}) if record.on else None

    add_panel(Thing, make)
    add_panel(Thing, make)
    thing = Thing()
    thing.on = True
    assert len(panels_of(SimpleNamespace(), thing)) == 1
    thing.on = False
    assert panels_of(SimpleNamespace(), thing) == []
