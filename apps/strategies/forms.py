"""What the pages of strategies send."""

from django import forms


class AnswerForm(forms.Form):
    """One parameter's new value, for the revision that the analyst saw."""

    name = forms.CharField(max_length=40)
    value = forms.CharField(max_length=400, label="Value")
    note = forms.CharField(max_length=500, required=False)
    revision = forms.IntegerField(min_value=1, required=False)


class CitationForm(forms.Form):
    """A sentence of the document for a parameter."""

    name = forms.CharField(max_length=40)
    page = forms.IntegerField(min_value=1, max_value=100_000)
    quote = forms.CharField(max_length=1000)
    revision = forms.IntegerField(min_value=1, required=False)


class ReasonForm(forms.Form):
    """Why a draft is set aside."""

    reason = forms.CharField(max_length=300, label="Reason")
