from django.urls import URLPattern, path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import registers
from qiangqu.ui.lists import urls

from .pages import chemicals, duties, hazards, permits, phone, public, riskmap, risks
from .pages import inspections as pages
from .pages.listing import DRAWS, VISITS
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
    path("safety/visits/worker.js", phone.worker, name="visit-worker"),
    path("safety/visits/<int:pk>/check", phone.check, name="visit-check"),
    path("safety/visits/<int:pk>/entries", phone.entries, name="visit-entries"),
    *pages.VISIT.urls("safety/visits/"),
    *urls(hazards.HAZARD_LIST, "safety/hazards/", require(Action.HAZARDS)),
    path("safety/hazards/new", hazards.new, name="hazard-new"),
    *hazards.HAZARD.urls("safety/hazards/"),
    *chemicals.UNIT.urls("safety/hazard-units/"),
    *urls(permits.PERMIT_LIST, "safety/permits/", require(Action.WORK_PERMITS)),
    path("safety/permits/new", permits.new, name="work-permit-new"),
    *permits.PERMIT.urls("safety/permits/"),
    path("safety/duties/", duties.table, name="duty-table"),
    path("safety/risk-map/", riskmap.risk_map, name="risk-map"),
    *risks.POINT.urls("safety/risk-points/"),
]
for _register in REGISTERS:
    urlpatterns += registers.urls(_register)
