"""The UI kit as a Django app: layout, components, formats and the plumbing of live pages. It knows no business."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The kit registers nothing but its tags."""

    name = "apps.web"
    label = "web"
