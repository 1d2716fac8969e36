"""Addresses of strategies."""

from django.urls import path

from apps.strategies import views

app_name = "strategies"
urlpatterns = [
    path("strategies/", views.listing, name="list"),
    path("library/", views.library, name="library"),
    path("library/<slug:slug>/", views.library_entry, name="library_entry"),
    path("library/<slug:slug>/start/", views.start_from_library, name="start_from_library"),
    path("evaluation/", views.evaluation, name="evaluation"),
    path("strategies/batches/", views.batches, name="batches"),
    path("strategies/batches/start/", views.start_batch, name="start_batch"),
    path("strategies/of-document/<uuid:document_id>/", views.of_document, name="of_document"),
    path("strategies/of-document/<uuid:document_id>/again/", views.extract_again, name="extract_again"),
    path("strategies/<uuid:strategy_id>/", views.detail, name="detail"),
    path("strategies/<uuid:strategy_id>/review/", views.review, name="review"),
    path("strategies/<uuid:strategy_id>/answer/", views.answer, name="answer"),
    path("strategies/<uuid:strategy_id>/cite/", views.cite, name="cite"),
    path("strategies/<uuid:strategy_id>/diff/", views.diff, name="diff"),
    path("strategies/<uuid:strategy_id>/comments/", views.comments, name="comments"),
    path("strategies/<uuid:strategy_id>/comment/", views.comment, name="comment"),
    path(
        "strategies/<uuid:strategy_id>/comments/<uuid:comment_id>/delete/", views.delete_comment, name="delete_comment"
    ),
    path("strategies/<uuid:strategy_id>/merge/", views.merge, name="merge"),
    path("strategies/<uuid:strategy_id>/check/", views.check, name="check"),
    path("strategies/<uuid:strategy_id>/formula/", views.edit_formula, name="edit_formula"),
    path("strategies/<uuid:strategy_id>/formula/add/", views.add_formula, name="add_formula"),
    path("strategies/<uuid:strategy_id>/formula/remove/", views.remove_formula, name="remove_formula"),
    path("strategies/<uuid:strategy_id>/confirm/", views.confirm, name="confirm"),
    path("strategies/<uuid:strategy_id>/ask/", views.ask_for_approval, name="ask_for_approval"),
    path("strategies/<uuid:strategy_id>/approve/", views.approve, name="approve"),
    path("strategies/<uuid:strategy_id>/reject/", views.reject, name="reject"),
    path("strategies/<uuid:strategy_id>/reopen/", views.reopen, name="reopen"),
]
