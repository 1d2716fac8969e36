"""Addresses of documents."""

from django.urls import path

from apps.documents import views

app_name = "documents"
urlpatterns = [
    path("documents/", views.listing, name="list"),
    path("documents/rows/", views.rows, name="rows"),
    path("documents/search/", views.search, name="search"),
    path("documents/bulk/", views.bulk, name="bulk"),
    path("documents/restore/", views.restore, name="restore"),
    path("documents/folders/", views.create_folder, name="create_folder"),
    path("documents/folders/<uuid:folder_id>/delete/", views.delete_folder, name="delete_folder"),
    path("documents/upload/", views.upload, name="upload"),
    path("documents/uploads/<uuid:upload_id>/discard/", views.abandon_upload, name="abandon_upload"),
    path("documents/<uuid:document_id>/", views.detail, name="detail"),
    path("documents/<uuid:document_id>/edit/", views.edit, name="edit"),
    path("documents/<uuid:document_id>/delete/", views.delete, name="delete"),
    path("documents/<uuid:document_id>/retention/", views.retain, name="retain"),
    path("documents/<uuid:document_id>/progress/", views.progress, name="progress"),
    path("documents/<uuid:document_id>/retry/", views.retry, name="retry"),
    path("documents/<uuid:document_id>/file/", views.file, name="file"),
    path("documents/<uuid:document_id>/pages/<int:number>.webp", views.page_image, name="page_image"),
]
