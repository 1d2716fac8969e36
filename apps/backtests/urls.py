"""Addresses of backtests."""

from django.urls import path

from apps.backtests import views

app_name = "backtests"
urlpatterns = [
    path("backtests/", views.listing, name="list"),
    path("backtests/of/<uuid:strategy_id>/start/", views.create, name="create"),
    path("backtests/of/<uuid:strategy_id>/approve-and-start/", views.approve_and_start, name="approve_and_start"),
    path("backtests/<uuid:backtest_id>/", views.detail, name="detail"),
    path("backtests/<uuid:backtest_id>/progress/", views.progress, name="progress"),
    path("backtests/<uuid:backtest_id>/cancel/", views.cancel, name="cancel"),
    path("backtests/<uuid:backtest_id>/figures/<slug:name>.json", views.figure, name="figure"),
    path("backtests/<uuid:backtest_id>/figures/<slug:name>/", views.table, name="table"),
    path("backtests/<uuid:backtest_id>/parts/sensitivity/", views.sensitivity, name="sensitivity"),
    path("backtests/<uuid:backtest_id>/parts/sensitivity/make/", views.make_sensitivity, name="make_sensitivity"),
    path("backtests/<uuid:backtest_id>/parts/<slug:name>/", views.part, name="part"),
    path("backtests/<uuid:backtest_id>/trades/", views.trades, name="trades"),
    path("backtests/<uuid:backtest_id>/numbers/<str:key>/", views.number, name="number"),
    path("backtests/<uuid:backtest_id>/files/<str:name>", views.file, name="file"),
    path("backtests/<uuid:backtest_id>/evidence/", views.evidence, name="evidence"),
    path("backtests/<uuid:backtest_id>/rerun/", views.rerun, name="rerun"),
    path("backtests/<uuid:backtest_id>/bundle.zip", views.bundle, name="bundle"),
]
