from django.urls import path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import lists, registers

from . import nominations, pages
from .registers import REGISTERS

urlpatterns = [
    path("ladders", pages.ladders, name="ladders"),
    path("ladders/<str:code>", pages.ladders_of, name="ladders-of"),
    *lists.urls(nominations.NOMINATION_LIST, "nominations", require(Action.SEE_NOMINATIONS)),
    path("nominations/notices", nominations.notices, name="public-notices"),
    path("nominations/new/<str:code>/<str:who>", nominations.new, name="nominate"),
    path("nominations/<int:pk>/draw.json", nominations.draw_file, name="nomination-draw"),
    *nominations.NOMINATION.urls("nominations/"),
]
for _register in REGISTERS:
    urlpatterns += registers.urls(_register)
