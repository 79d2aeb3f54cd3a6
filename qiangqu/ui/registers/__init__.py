"""Generic register pages: list, record, form, Excel in and out, JSON, written once and declared for each
model in a few lines.

    REGISTER = Register(
        code="parcels", model=Parcel, columns=("code", "area", "holder", "land_area", "status"), filters=("status",),
        search_fields=("code", "holder__name"), form_fields=("code", "area", "holder", "land_area", "use", "status", "valid_from"),
        pickers=("holder",), action_edit=Action.EDIT_REGISTERS,
    )
    register(REGISTER)                      # in AppConfig.ready()
    urlpatterns = urls(REGISTER)            # names parcels-list, -detail, -create, -edit, -export, -import, …
    router = api_router(REGISTER)           # GET /parcels, GET /parcels/{id}

Who sees which rows is :func:`qiangqu.base.visibility.visible`; what a role may do, the audit trail and
history come through :mod:`qiangqu.ui.hooks`.
"""

from .declare import EVERY, Panel, Register, Secret, add_panel, of_model, register, registered
from .routes import api_router, urls

__all__ = [
    "EVERY",
    "Panel",
    "Register",
    "Secret",
    "add_panel",
    "api_router",
    "of_model",
    "register",
    "registered",
    "urls",
]
