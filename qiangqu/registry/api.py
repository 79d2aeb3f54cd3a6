"""JSON of the registers: read-only lists and records under ``/api/v1/registry/``."""

from ninja import Router

from qiangqu.ui.registers import api_router

from .registers import REGISTERS

router = Router()
for _register in REGISTERS:
    router.add_router("", api_router(_register))
