from django.urls import path

from qiangqu.registry.access import require
from qiangqu.registry.roles import Action
from qiangqu.ui import lists, registers

from .pages import clues, figures, imports, maps, promises
from .registers import REGISTERS

urlpatterns = [
    path("land/map", maps.land_map, name="land-map"),
    path("land/tiles/<int:z>/<int:x>/<int:y>", maps.land_tile, name="land-tile"),
    path("land/colours", maps.land_colours, name="land-colours"),
    path("land/find", maps.land_find, name="land-find"),
    path("land/parcels/<int:pk>/around", maps.parcel_around, name="land-parcel-around"),
    *maps.PARCEL.urls("land/parcels/"),
    *lists.urls(imports.IMPORTS, "land/imports", require(Action.EDIT_LAND)),
    path("land/imports/new", imports.new, name="boundary-import-new"),
    path("land/imports/<int:pk>/outlines", imports.outlines, name="boundary-import-outlines"),
    *lists.urls(clues.CLUE_LIST, "land/clues", require()),
    *clues.CLUE.urls("land/clues/"),
    *lists.urls(figures.PER_MU, "land/per-mu", require()),
    path("land/gap", figures.gap, name="land-gap"),
    path("land/standards", promises.standards, name="land-standards"),
    *lists.urls(promises.PROMISE_LIST, "land/promises", require()),
    *promises.PROMISE.urls("land/promises/"),
    *(address for one in REGISTERS for address in registers.urls(one)),
    *imports.IMPORT.urls("land/imports/"),
]
