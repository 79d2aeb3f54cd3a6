from .alarms.urls import urlpatterns as alarm_urls

urlpatterns = [*alarm_urls]
