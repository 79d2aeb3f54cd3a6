"""Every kind of chart on one page and on the wall, for the browser tests (a URL configuration of its own on
top of the site's).
"""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from qiangqu.ui.maps import outline_url

YEARS = [str(year) for year in range(2020, 2028)]
CHARTS = {
    "target-path": {
        "x": YEARS, "unit": "亿元", "decimals": 0, "target": 2800, "direction": ">=", "source": "统计公报",
        "required": [None, None, 1910, 2060, 2220, 2400, 2590, 2800],
        "observed": [1320, 1560, 1910, 2010, 2180, None, None, None],
        "forecast": [None, None, None, None, 2180, 2310, 2440, 2570],
        "low": [None, None, None, None, 2180, 2230, 2290, 2340],
        "high": [None, None, None, None, 2180, 2390, 2590, 2800],
    },
    "line": {
        "x": [f"{m}月" for m in range(1, 13)], "unit": "%", "decimals": 1, "simulated": True,
        "series": [
            {"name": "宁东", "values": [5.1, 5.4, 6.0, None, 6.4, 6.1, 6.6, 7.0, 7.1, 6.9, 7.4, 7.6]},
            {"name": "银川", "values": [3.2, 3.1, 3.8, 4.1, 4.0, 4.4, 4.9, 4.8, 5.1, 5.0, 5.2, 5.5]},
            {"name": "<b>石嘴山</b>", "values": [-1.0, -0.4, 0.2, 0.1, 0.9, 1.4, 1.2, 1.9, 2.1, 2.0, 2.4, 2.2]},
        ],
    },
    "bar": {"x": YEARS[:5], "unit": "家", "stacked": True, "series": [{"name": "国家级", "values": [12, 18, 25, 31, 44]}, {"name": "自治区级", "values": [60, 88, 120, 170, 214]}]},
    "ranking": {"unit": "亿元", "decimals": 1, "items": [{"name": name, "value": value, "url": "/accounts/"} for name, value in (("宁东能源化工基地", 1873.2), ("银川经济技术开发区", 702.4), ("石嘴山高新技术产业开发区", 351.0), ("吴忠太阳山开发区", 198.6), ("中卫工业园区", 97.3))]},
    "waterfall": {"unit": "亿元", "decimals": 0, "items": [{"name": "2022年", "value": 1910, "total": True}, {"name": "宁东", "value": 160}, {"name": "银川", "value": 74}, {"name": "石嘴山", "value": -28}, {"name": "吴忠", "value": 40}, {"name": "固原", "value": 4}, {"name": "中卫", "value": 20}, {"name": "2024年", "value": 2180, "total": True}]},
    "map": {
        "outline": outline_url("640000"), "unit": "亿元", "decimals": 0, "value_name": "增加值", "point_name": "产值", "point_unit": "亿元",
        "areas": [{"name": "银川市", "value": 820, "url": "/areas/?area=640100"}, {"name": "石嘴山市", "value": 310}, {"name": "吴忠市", "value": 420}, {"name": "固原市", "value": 60}, {"name": "中卫市", "value": None}],
        "points": [
            {"name": "宁东", "lon": 106.6, "lat": 38.15, "value": 1873, "status": "on_track", "url": "/accounts/"},
            {"name": "石嘴山高新区", "lon": 106.4, "lat": 38.98, "value": 351, "status": "at_risk"},
            {"name": "太阳山", "lon": 106.55, "lat": 37.45, "value": 198, "status": "off_track"},
            {"name": "固原经开区", "lon": 106.2, "lat": 36.05, "value": None, "status": "no_data"},
            {"name": "中卫园区", "lon": 105.3, "lat": 37.6, "value": 97, "status": "done"},
        ],
    },
    "sparkline": {"values": [3, 4, None, 5, 4.4, 6]},
    "gauge": {"value": 2180, "base": 1910, "target": 2800, "unit": "亿元", "decimals": 0},
}  # fmt: skip
EMPTY = {"x": [], "series": []}
CROSSING = {
    "x": YEARS,
    "unit": "%",
    "observed": [1, 2, 1.5, 0.8, None, None, None, None],
    "forecast": [None, None, None, 0.8, 0.7, 0.6, 0.5, 0.4],
    "low": [None, None, None, 0.8, -0.5, -1, -1.6, -2],
    "high": [None, None, None, 0.8, 1.9, 2.2, 2.6, 2.8],
}
PAGE = """{% extends base %}{% load shell quantities %}{% block title %}图表{% endblock %}
{% block content %}{% if wall %}
<section class="qq-panel qq-span-12"><h2>目标状态</h2><div class="qq-wall-counts">{% for status in statuses %}<div class="qq-wall-count"><span class="qq-figure">12</span>{% status_badge status %}</div>{% endfor %}</div></section>
{% for kind, data in charts.items %}{% if kind != "sparkline" %}<section class="qq-panel {% if kind == 'map' %}qq-span-4 qq-rows-6{% else %}qq-span-4 qq-rows-3{% endif %}"><h2>{{ kind }}</h2>{% chart kind data label="标题" %}</section>{% endif %}{% endfor %}
{% else %}<p>{% for status in statuses %}{% status_badge status %} {% endfor %}{% simulated_mark True %} {{ 12345.6|quantity:1 }} {{ none|quantity }} {{ 0.5|signed:1 }}</p>
<div class="qq-cols">{% for kind, data in charts.items %}<div class="card"><div class="card-body">{% chart kind data label="规上工业增加值" %}</div></div>{% endfor %}
<div class="card"><div class="card-body">{% chart "line" empty label="没有数据的图" %}</div></div><div class="card"><div class="card-body">{% chart "target-path" crossing label="跨零的区间" %}</div></div></div>{% endif %}{% endblock %}"""


def gallery(request: HttpRequest, wall: bool) -> HttpResponse:
    context = {
        "base": "ui/wall.html" if wall else "ui/base.html",
        "wall": wall,
        "charts": CHARTS,
        "empty": EMPTY,
        "crossing": CROSSING,
        "statuses": ["done", "on_track", "at_risk", "off_track", "no_data"],
        "simulated": True,
    }
    return HttpResponse(engines["django"].from_string(PAGE).render(context, request))


urlpatterns = [
    path("gallery/", gallery, {"wall": False}),
    path("gallery/wall/", gallery, {"wall": True}),
    path("", include("qiangqu.site.urls")),
]
