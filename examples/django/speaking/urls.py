"""The page, and beneath /speech/ what the client library asks a server for."""

from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import path
from django.views.generic import TemplateView

from . import views

urlpatterns = [
    path("", TemplateView.as_view(template_name="page.html")),
    path("speech/health", views.health),
    path("speech/synthesize-stream", views.synthesize),
    # With DEBUG alone; otherwise a web server has them, from `manage.py collectstatic`.
    *staticfiles_urlpatterns(),
]
