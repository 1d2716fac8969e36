"""The form of the budget for language models."""

from __future__ import annotations

from django import forms


class BudgetForm(forms.Form):
    """Two amounts in dollars; an empty one means the amount of the settings."""

    monthly_usd = forms.DecimalField(
        label="A month", required=False, min_value=0, max_value=999_999, max_digits=8, decimal_places=2
    )
    document_usd = forms.DecimalField(
        label="One document", required=False, min_value=0, max_value=999_999, max_digits=8, decimal_places=2
    )
