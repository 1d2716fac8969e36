"""Addresses of backtests."""

from django.urls import path

from apps.backtests import views

app_name = "backtests"
urlpatterns = [
    path("backtests/", views.listing, name="list"),
    path("backtests/queue/", views.queue, name="queue"),
    path("backtests/of/<uuid:strategy_id>/start/", views.create, name="create"),
    path("backtests/of/<uuid:strategy_id>/launch/", views.launch, name="launch"),
    path("backtests/of/<uuid:strategy_id>/approve-and-start/", views.approve_and_start, name="approve_and_start"),
    path("backtests/<uuid:backtest_id>/", views.detail, name="detail"),
    path("backtests/<uuid:backtest_id>/progress/", views.progress, name="progress"),
    path("backtests/<uuid:backtest_id>/cancel/", views.cancel, name="cancel"),
    path("backtests/<uuid:backtest_id>/equity.json", views.equity, name="equity"),
    path("backtests/<uuid:backtest_id>/trades.csv", views.trades, name="trades"),
    path("backtests/<uuid:backtest_id>/curves.csv", views.curves, name="curves"),
    path("backtests/<uuid:backtest_id>/evidence/", views.evidence, name="evidence"),
    path("backtests/<uuid:backtest_id>/rerun/", views.rerun, name="rerun"),
    path("backtests/<uuid:backtest_id>/bundle.zip", views.bundle, name="bundle"),
]
