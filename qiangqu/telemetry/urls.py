from django.urls import path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import lists, registers

from .alarms.urls import urlpatterns as alarm_urls
from .pages import devices, frames, health, overview, points, quarantine
from .registers import REGISTERS

urlpatterns = [
    *lists.urls(overview.OVERVIEW, "telemetry", require()),
    *lists.urls(health.HEALTH, "telemetry/health", require()),
    *lists.urls(quarantine.QUARANTINE, "telemetry/quarantine", require(Action.EDIT_REGISTERS)),
    path("telemetry/quarantine/<int:pk>", quarantine.adoption, name="telemetry-adopt"),
    path("devices/<int:pk>/frames", frames.device_frames, name="devices-frames"),
    path("devices/<int:pk>/ask", devices.ask_device, name="devices-ask"),
    path("points/<int:pk>/series", points.series_json, name="points-series"),
    path("points/<int:pk>/reliability", points.reliability, name="points-reliability"),
]
for _register in REGISTERS:
    urlpatterns += registers.urls(_register)
urlpatterns += alarm_urls
