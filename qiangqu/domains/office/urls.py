from django.urls import include, path

urlpatterns = [
    path("office/", include("qiangqu.domains.office.documents.urls")),
    path("office/", include("qiangqu.domains.office.meetings.urls")),
]
