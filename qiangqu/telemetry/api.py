"""JSON API of telemetry under ``/telemetry``."""

from ninja import Router

from .alarms.api import router as alarms_router

router = Router()
router.add_router("", alarms_router)
