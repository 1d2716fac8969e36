"""Forms of the settings pages."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.notifications.enums import ChannelKey, Topic
from apps.notifications.queries import PreferenceRow, deliverable_types


def answers_of(posted: Any) -> dict[tuple[Topic, ChannelKey], bool]:
    """The whole table of preferences as it was posted: a box that is not ticked is a no."""
    ticked = set(posted.getlist("want"))
    return {(topic, key): box_name(topic, key) in ticked for topic in Topic for key in ChannelKey}


def boxes(rows: list[PreferenceRow]) -> list[dict[str, Any]]:
    """The table of preferences as boxes to tick."""
    return [
        {
            "topic": row.topic,
            "help": row.help,
            "boxes": [
                {
                    "value": box_name(row.topic, key),
                    "label": f"{row.topic.label}: {key.label.lower()}",
                    "ticked": ticked,
                }
                for key, ticked in row.channels.items()
            ],
        }
        for row in rows
    ]


def box_name(topic: Topic, key: ChannelKey) -> str:
    """The value of one box."""
    return f"{topic.value}:{key.value}"


class HookForm(forms.Form):
    """Where a web hook posts to, and what."""

    url = forms.CharField(
        label="Address",
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
        help_text="Reachable from the internet; redirects are not followed.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["event_types"] = forms.MultipleChoiceField(
            label="Events",
            choices=[(type_, type_) for type_ in deliverable_types()],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": "Name at least one event."},
        )
