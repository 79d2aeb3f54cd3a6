from django.urls import path

from . import pages

urlpatterns = [path("node/doctor/", pages.node_doctor, name="node-doctor")]
