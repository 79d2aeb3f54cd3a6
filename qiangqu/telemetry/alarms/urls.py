from django.urls import path

from qiangqu.registry.access import require
from qiangqu.ui import lists, registers

from ..pages import alarm_rules, alarms
from .listing import ALARMS
from .registers import REGISTERS

urlpatterns = [
    *lists.urls(ALARMS, "alarms", require(), view=alarms.desk, excel="alarms/export"),
    path("alarms/act", alarms.act, name="alarms-act"),
    path("alarms/counter", alarms.counter, name="alarms-counter"),
    path("alarms/try", alarm_rules.try_out, name="alarm-try"),
    path("alarms/<int:pk>", alarms.alarm, name="alarm-page"),
    path("alarm-channels/<int:pk>/test/", alarm_rules.test_channel, name="alarm-channel-test"),
]
for _register in REGISTERS:
    urlpatterns += registers.urls(_register)
