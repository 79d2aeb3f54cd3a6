from django.urls import path

from qiangqu.ui import registers

from .pages import ledger, overview, places, tables
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
    path("environment/exceedances", tables.exceedances, name="environment-exceedances"),
    path("environment/exceedances/<int:pk>", tables.exceedance, name="environment-exceedance"),
    path("environment/completeness", tables.completeness_ranking, name="environment-completeness"),
    path("environment/totals", tables.year_totals, name="environment-totals"),
    path("environment/totals/<str:enterprise>/<str:factor>/<int:year>", tables.total, name="environment-total"),
    path("environment/waste", ledger.waste, name="environment-waste"),
    path("environment/waste/<int:pk>/void", ledger.void, name="environment-waste-void"),
]
for _register in REGISTERS:
    urlpatterns += registers.urls(_register)
