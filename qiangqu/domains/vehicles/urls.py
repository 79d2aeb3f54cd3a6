from django.urls import path

from qiangqu.ui import registers

from . import pages
from .registers import REGISTERS

urlpatterns = [
    path("vehicles/map/", pages.vehicle_map, name="vehicle-map"),
    path("vehicles/now/", pages.vehicles_now, name="vehicles-now"),
    path("vehicles/fences/", pages.fence_shapes, name="vehicle-fence-shapes"),
    path("vehicles/track/<int:pk>/", pages.vehicle_track, name="vehicle-track"),
    path("vehicles/way/<int:pk>/", pages.vehicle_way, name="vehicle-way"),
    *(address for one in REGISTERS for address in registers.urls(one)),
]
