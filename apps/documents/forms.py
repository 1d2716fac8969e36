"""The form of a document's description, and of a new folder."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.documents import queries
from apps.documents.enums import FolderKind
from apps.documents.models import Document, Folder

_MOST_CHOICES = 200


class DescriptionForm(forms.Form):
    """What is known about a document beside its bytes."""

    title = forms.CharField(max_length=200)
    authors = forms.CharField(max_length=300, required=False, help_text="As the document names them, commas between.")
    published_date = forms.DateField(
        label="Published",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="What is tested after this day, its authors could not have seen.",
    )
    doi = forms.CharField(label="DOI", max_length=160, required=False, help_text="For example 10.1111/jofi.12345.")
    source = forms.CharField(max_length=120, required=False, help_text="Journal, broker or site.")
    tags = forms.CharField(max_length=900, required=False, help_text="Commas between.")
    folder = forms.ChoiceField(required=False)
    older = forms.ChoiceField(label="Newer version of", required=False)

    def __init__(self, *args: Any, document: Document, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shelves = queries.shelves()
        groups = [(k.label, [(str(s.id), s.name) for s in shelves if s.kind == k]) for k in FolderKind]
        self._choose("folder", [("", "No folder"), *((label, rows) for label, rows in groups if rows)])
        others = queries.documents().exclude(id=document.id)[:_MOST_CHOICES]
        older = [(str(d.id), f"{d.title} ({d.published_date or d.created_at.date()})") for d in others]
        if document.older_id and str(document.older_id) not in dict(older):
            older.insert(0, (str(document.older_id), queries.document(document_id=document.older_id).title))
        self._choose("older", [("", "No other document"), *older])

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 -- declared above
        field.choices = choices


class FolderForm(forms.Form):
    """A new folder."""

    name = forms.CharField(max_length=Folder.LONGEST_NAME)
    kind = forms.ChoiceField(choices=FolderKind.choices)
