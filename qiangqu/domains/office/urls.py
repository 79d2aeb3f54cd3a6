from django.urls import URLPattern, URLResolver, include, path

from qiangqu.ui import registers

from .registers import REGISTERS

urlpatterns: list[URLPattern | URLResolver] = [
    path("office/", include("qiangqu.domains.office.documents.urls")),
    path("office/", include("qiangqu.domains.office.meetings.urls")),
]
for _register in REGISTERS:
    urlpatterns += registers.urls(_register)
