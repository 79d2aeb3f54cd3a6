from django.urls import path

from qiangqu.registry.access import require
from qiangqu.ui import lists, registers

from .pages import ledger, overview, places, tables
from .pages.lists import COMPLETENESS, EXCEEDANCES, TOTALS
from .registers import REGISTERS

urlpatterns = [
    path("environment", overview.overview, name="environment"),
    path("environment/stations/<str:code>", places.station, name="environment-station"),
    path("environment/stations/<str:code>/trace", places.trace_peak, name="environment-station-trace"),
    path("environment/outlets/<str:code>", places.outlet, name="environment-outlet"),
    path("environment/channels/<int:pk>/day/<str:day>", places.hours_of_day, name="environment-total-day"),
    path(
        "environment/channels/<int:pk>/readings/<str:day>/<int:hour>",
        places.readings_of_hour,
        name="environment-total-readings",
    ),
    path("environment/channels/<int:pk>/messages/<int:at>", places.message, name="environment-message"),
    *lists.urls(EXCEEDANCES, "environment/exceedances", require()),
    path("environment/exceedances/<int:pk>", tables.exceedance, name="environment-exceedance"),
    *lists.urls(COMPLETENESS, "environment/completeness", require()),
    *lists.urls(TOTALS, "environment/totals", require()),
    path("environment/totals/<str:enterprise>/<str:factor>/<int:year>", tables.total, name="environment-total"),
    *lists.urls(ledger.WASTE, "environment/waste", require(), view=ledger.waste),
    path("environment/waste/<int:pk>/void", ledger.void, name="environment-waste-void"),
]
for _register in REGISTERS:
    urlpatterns += registers.urls(_register)
