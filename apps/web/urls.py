"""Routes of the kit itself."""

from django.urls import path

from apps.web import views

app_name = "web"
urlpatterns = [
    path("kit/", views.kit, name="kit"),
]
