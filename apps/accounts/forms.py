"""Forms of the settings page."""

from django import forms


class TokenForm(forms.Form):
    """The name of a new API token."""

    label = forms.CharField(max_length=80, label="What will use it?", help_text="For example: nightly export")
