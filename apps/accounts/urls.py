"""Pages of the account."""

from django.urls import path

from apps.accounts import views

app_name = "accounts"
urlpatterns = [
    path("settings/", views.settings, name="settings"),
    path("settings/four-eyes/", views.set_four_eyes, name="set_four_eyes"),
    path("settings/tokens/", views.create_token, name="create_token"),
    path("settings/tokens/<uuid:token_id>/revoke/", views.revoke_token, name="revoke_token"),
]
