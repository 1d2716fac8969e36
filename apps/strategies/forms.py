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


class FormulaForm(forms.Form):
    """One formula's new text, for the revision that the analyst saw."""

    pointer = forms.CharField(max_length=200)
    text = forms.CharField(max_length=2000, required=False)
    note = forms.CharField(max_length=500, required=False)
    revision = forms.IntegerField(min_value=1, required=False)


class NewFormulaForm(forms.Form):
    """A formula more: a vacant place, or a signal with its name, for the revision that the analyst saw."""

    pointer = forms.CharField(max_length=200)
    signal = forms.CharField(max_length=40, required=False)
    text = forms.CharField(max_length=2000)
    revision = forms.IntegerField(min_value=1, required=False)


class CheckForm(forms.Form):
    """A change to look at before it is made: a formula, or a parameter's value."""

    pointer = forms.CharField(max_length=200, required=False)
    signal = forms.CharField(max_length=40, required=False)
    text = forms.CharField(max_length=2000, required=False)
    name = forms.CharField(max_length=40, required=False)
    value = forms.CharField(max_length=400, required=False)


class CommentForm(forms.Form):
    """What somebody says, and about what."""

    place = forms.CharField(max_length=200, required=False)
    text = forms.CharField(max_length=2000)


class ReasonForm(forms.Form):
    """Why a draft is set aside."""

    reason = forms.CharField(max_length=300, label="Reason")
