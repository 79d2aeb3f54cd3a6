from django.urls import URLPattern, path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import registers
from qiangqu.ui.lists import urls

from . import pages, public
from .listing import DRAWS, VISITS
from .registers import REGISTERS

urlpatterns: list[URLPattern] = [
    path("safety/public/", public.draws, name="public-draws"),
    path("safety/public/verify", public.verify, name="public-draw-verify"),
    path("safety/public/draw.py", public.script, name="public-draw-script"),
    path("safety/public/<str:number>/", public.draw, name="public-draw"),
    path("safety/public/<str:number>/file", public.file, name="public-draw-file"),
    *urls(DRAWS, "safety/draws/", require(Action.INSPECTIONS)),
    path("safety/draws/new", pages.new, name="draw-new"),
    path("safety/draws/<int:pk>/edit", pages.edit, name="draw-edit"),
    path("safety/draws/<int:pk>/file", pages.file, name="draw-file"),
    *pages.DRAW.urls("safety/draws/"),
    *urls(VISITS, "safety/visits/", require(Action.INSPECTIONS)),
    *pages.VISIT.urls("safety/visits/"),
]
for _register in REGISTERS:
    urlpatterns += registers.urls(_register)
