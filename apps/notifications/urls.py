"""Addresses of notices, preferences and web hooks."""

from django.urls import path

from apps.notifications import views

app_name = "notifications"
urlpatterns = [
    path("notifications/", views.notices, name="list"),
    path("notifications/bell/", views.bell, name="bell"),
    path("notifications/menu/", views.menu, name="menu"),
    path("notifications/read/", views.read_all, name="read_all"),
    path("notifications/<uuid:notice_id>/", views.open_notice, name="open"),
    path("notifications/<uuid:notice_id>/read/", views.read_notice, name="read"),
    path("settings/notifications/", views.preferences, name="preferences"),
    path("settings/web-hooks/", views.hooks, name="hooks"),
    path("settings/web-hooks/<uuid:hook_id>/", views.hook, name="hook"),
    path("settings/web-hooks/<uuid:hook_id>/change/", views.change_hook, name="change_hook"),
    path("settings/web-hooks/<uuid:hook_id>/switch/", views.switch_hook, name="switch_hook"),
    path("settings/web-hooks/<uuid:hook_id>/secret/", views.renew_secret, name="renew_secret"),
    path("settings/web-hooks/<uuid:hook_id>/delete/", views.delete_hook, name="delete_hook"),
    path("settings/web-hooks/<uuid:hook_id>/test/", views.send_test, name="send_test"),
    path("settings/web-hooks/deliveries/<uuid:delivery_id>/again/", views.send_again, name="send_again"),
]
