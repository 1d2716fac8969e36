"""Addresses of the dashboard."""

from django.urls import path

from apps.dashboard import views

app_name = "dashboard"
urlpatterns = [
    path("", views.home, name="home"),
    path("activity/", views.activity, name="activity"),
    path("search/", views.search, name="search"),
    path("usage/", views.usage, name="usage"),
    path("usage/budget/", views.set_budget, name="set_budget"),
]
