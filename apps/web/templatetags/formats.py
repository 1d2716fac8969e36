"""Template filters for numbers, dates and sizes. They only register the functions of `apps.web.queries.formats`."""

from __future__ import annotations

from django import template
from django.utils import timezone

from apps.web.queries import formats

register = template.Library()

for _function in (
    formats.bps,
    formats.count,
    formats.day,
    formats.duration,
    formats.filesize,
    formats.metric_difference,
    formats.metric_value,
    formats.money,
    formats.month,
    formats.num,
    formats.param_value,
    formats.pct,
    formats.pp,
    formats.signed,
    formats.signed_pct,
    formats.tone,
):
    register.filter(_function.__name__, _function)


@register.filter
def moment(value: object) -> str:
    """The time in the current zone, with the zone's name."""
    return formats.moment(value, timezone.get_current_timezone())


@register.filter
def ago(value: object) -> str:
    """How long ago, from now."""
    return formats.ago(value, at=timezone.now())
