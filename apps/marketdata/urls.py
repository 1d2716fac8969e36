"""Addresses of market data."""

from django.urls import path

from apps.marketdata import views

app_name = "marketdata"
urlpatterns = [
    path("market-data/", views.listing, name="list"),
    path("market-data/<slug:key>/", views.detail, name="detail"),
]
