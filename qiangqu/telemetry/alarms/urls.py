from django.urls import path

from qiangqu.ui import registers

from ..pages import alarm_rules, alarms
from .registers import REGISTERS

urlpatterns = [
    path("alarms", alarms.desk, name="alarms"),
    path("alarms/act", alarms.act, name="alarms-act"),
    path("alarms/counter", alarms.counter, name="alarms-counter"),
    path("alarms/export", alarms.export, name="alarms-export"),
    path("alarms/try", alarm_rules.try_out, name="alarm-try"),
    path("alarms/<int:pk>", alarms.alarm, name="alarm-page"),
    path("alarm-channels/<int:pk>/test/", alarm_rules.test_channel, name="alarm-channel-test"),
]
for _register in REGISTERS:
    urlpatterns += registers.urls(_register)
