from django.urls import path

from . import pages

urlpatterns = [path("files/<uuid:uid>", pages.attachment, name="attachment")]
