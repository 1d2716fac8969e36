"""Every page's address."""

from django.contrib import admin
from django.urls import include, path

from fo_platform.api import api
from fo_platform.health import live, ready

PAGES = ["dashboard", "notifications", "documents", "strategies", "backtests", "marketdata", "accounts", "web"]

urlpatterns = [
    path("health/live", live, name="health_live"),
    path("health/ready", ready, name="health_ready"),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    *[path("", include(f"apps.{name}.urls")) for name in PAGES],
]

handler400 = "apps.web.views.bad_request"
handler403 = "apps.web.views.permission_denied"
handler404 = "apps.web.views.not_found"
handler500 = "apps.web.views.server_error"
