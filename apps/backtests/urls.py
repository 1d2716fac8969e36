"""Addresses of backtests."""

from django.urls import path

from apps.backtests import views
from apps.backtests.views import sweep_files, sweeps

app_name = "backtests"
urlpatterns = [
    path("backtests/", views.listing, name="list"),
    path("backtests/bulk/", views.bulk, name="bulk"),
    path("backtests/views/", views.save_view, name="save_view"),
    path("backtests/views/<uuid:view_id>/delete/", views.delete_view, name="delete_view"),
    path("backtests/compare/", views.compare, name="compare"),
    path("backtests/compare/figure.json", views.compare_figure, name="compare_figure"),
    path("backtests/queue/", views.queue, name="queue"),
    path("backtests/of/<uuid:strategy_id>/start/", views.create, name="create"),
    path("backtests/of/<uuid:strategy_id>/launch/", views.launch, name="launch"),
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
    path("backtests/<uuid:backtest_id>/check-with/<slug:engine>/", views.check_with, name="check_with"),
    path("backtests/<uuid:backtest_id>/bundle/", views.prepare_bundle, name="prepare_bundle"),
    path("backtests/<uuid:backtest_id>/bundle.zip", views.bundle, name="bundle"),
    path("sweeps/", sweeps.sweeps, name="sweeps"),
    path("sweeps/of/<uuid:strategy_id>/", sweeps.new_sweep, name="new_sweep"),
    path("sweeps/of/<uuid:strategy_id>/estimate/", sweeps.estimate_sweep, name="estimate_sweep"),
    path("sweeps/of/<uuid:strategy_id>/start/", sweeps.create_sweep, name="create_sweep"),
    path("sweeps/<uuid:sweep_id>/", sweeps.sweep, name="sweep"),
    path("sweeps/<uuid:sweep_id>/live/", sweeps.sweep_live, name="sweep_live"),
    path("sweeps/<uuid:sweep_id>/cancel/", sweeps.cancel_sweep, name="cancel_sweep"),
    path("sweeps/<uuid:sweep_id>/again/", sweeps.again, name="sweep_again"),
    path("sweeps/<uuid:sweep_id>/members/<int:number>/", sweeps.sweep_member, name="sweep_member"),
    path("sweeps/<uuid:sweep_id>/members/<int:number>/choose/", sweeps.choose_member, name="choose_member"),
    path("sweeps/<uuid:sweep_id>/members.csv", sweep_files.members_csv, name="sweep_members_csv"),
    path("sweeps/<uuid:sweep_id>/surface.json", sweep_files.surface, name="sweep_surface"),
    path("sweeps/<uuid:sweep_id>/parallel.json", sweep_files.parallel, name="sweep_parallel"),
    path("sweeps/<uuid:sweep_id>/line.json", sweep_files.line, name="sweep_line"),
    path("sweeps/<uuid:sweep_id>/curve.json", sweep_files.curve, name="sweep_curve"),
    path("sweeps/<uuid:sweep_id>/outside.json", sweep_files.outside, name="sweep_outside"),
    path("sweeps/<uuid:sweep_id>/readings.json", sweep_files.readings, name="sweep_readings"),
]
