"""The form that the kit page shows with its errors."""

from django import forms


class SpecimenForm(forms.Form):
    """One of each control."""

    name = forms.CharField(max_length=80, help_text="Shown in lists and reports.")
    email = forms.EmailField(label="E-mail")
    rebalance = forms.ChoiceField(choices=[("monthly", "Monthly"), ("quarterly", "Quarterly")])
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    confirmed = forms.BooleanField(label="I have read the document", required=False)
