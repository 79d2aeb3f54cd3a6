"""JSON API of telemetry under ``/telemetry``: devices, points, values, alarms."""

from ninja import Router

from .alarms.api import router as alarms_router
from .api_devices import router as devices_router

router = Router()
router.add_router("", devices_router)
router.add_router("", alarms_router)
