"""API of office work, one router a part."""

from ninja import Router

from .documents.api import router as documents
from .meetings.api import router as meetings

router = Router()
router.add_router("", documents)
router.add_router("", meetings)
