from django.urls import URLPattern, path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import registers
from qiangqu.ui.lists import urls

from .listing import DRILL_LIST, EVENT_LIST, SITING_LIST, STOCK_LIST
from .pages import events, sitings, stores
from .registers import REGISTERS

urlpatterns: list[URLPattern] = [
    *urls(EVENT_LIST, "emergency/events/", require(Action.EMERGENCY)),
    path("emergency/events/new", events.new, name="emergency-event-new"),
    path("emergency/events/<int:pk>/map", events.event_map, name="emergency-event-map"),
    path("emergency/events/<int:pk>/report", events.report, name="emergency-event-report"),
    *events.EVENT.urls("emergency/events/"),
    *events.REQUEST.urls("emergency/requests/"),
    *urls(DRILL_LIST, "emergency/drills/", require(Action.EMERGENCY)),
    path("emergency/drills/new", stores.new_drill, name="emergency-drill-new"),
    *stores.DRILL.urls("emergency/drills/"),
    *urls(STOCK_LIST, "emergency/stock/", require(Action.EMERGENCY)),
    *stores.BATCH.urls("emergency/stock/"),
    *urls(SITING_LIST, "emergency/siting/", require(Action.EMERGENCY)),
    path("emergency/siting/new", sitings.new, name="siting-new"),
    path("emergency/siting/<int:pk>/progress", sitings.progress, name="siting-progress"),
    path("emergency/siting/<int:pk>/map", sitings.siting_map, name="siting-map"),
    path("emergency/siting/<int:pk>/seen", sitings.seen, name="siting-seen"),
    path("emergency/roads/lines", sitings.road_lines, name="emergency-roads"),
    *sitings.SITING.urls("emergency/siting/"),
]
for _register in REGISTERS:
    urlpatterns += registers.urls(_register)
