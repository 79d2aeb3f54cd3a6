from django.urls import path

from . import pages

#: where files were in release 0.1.0
EARLIER = {
    "cases": "cases/case/<str:record>/files/<int:number>",
    "documents": "documents/<int:record>/files/<int:number>",
    "meetings": "meetings/<int:record>/files/<int:number>",
    "evidence": "plan/evidence/<int:number>",
}

urlpatterns = [
    path("files/<uuid:uid>", pages.attachment, name="attachment"),
    *(path(address, pages.earlier, {"kind": kind}, name=f"attachment-{kind}") for kind, address in EARLIER.items()),
]
