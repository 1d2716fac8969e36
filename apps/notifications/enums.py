"""What people can be told, how, and how far it has come."""

from __future__ import annotations

from django.db.models import TextChoices


class Topic(TextChoices):
    """What a person switches on and off. An event names its topic; an event without one tells nobody."""

    BACKTEST_FINISHED = "backtest_finished", "Backtest finished"
    BACKTEST_FAILED = "backtest_failed", "Backtest failed"
    VERDICT_CHANGED = "verdict_changed", "Verdict changed"
    STRATEGIES_FOUND = "strategies_found", "Strategies found"
    DOCUMENT_READ = "document_read", "Document read"
    DOCUMENT_FAILED = "document_failed", "Document could not be read"
    HOOK_DISABLED = "hook_disabled", "Web hook switched off"


TOPIC_HELP = {
    Topic.BACKTEST_FINISHED: "A run that you asked for is done and judged.",
    Topic.BACKTEST_FAILED: "A run that you asked for stopped, or its data are missing.",
    Topic.VERDICT_CHANGED: "Another run of a strategy was judged differently from the one before; you asked for one of them.",
    Topic.STRATEGIES_FOUND: "A document that you added was looked through for strategies.",
    Topic.DOCUMENT_READ: "The pages of a document that you added are in.",
    Topic.DOCUMENT_FAILED: "A document that you added has no words that can be read, or is damaged.",
    Topic.HOOK_DISABLED: "A web hook of the desk failed too often. Administrators are told.",
}

TONES = {
    Topic.BACKTEST_FINISHED: "ok",
    Topic.BACKTEST_FAILED: "bad",
    Topic.VERDICT_CHANGED: "warn",
    Topic.STRATEGIES_FOUND: "ok",
    Topic.DOCUMENT_READ: "ok",
    Topic.DOCUMENT_FAILED: "bad",
    Topic.HOOK_DISABLED: "bad",
}


class ChannelKey(TextChoices):
    """A way to a person."""

    PAGE = "page", "In the page"
    EMAIL = "email", "By e-mail"


# Nobody gets a letter that they did not ask for.
WANTED_AT_FIRST = frozenset((topic, ChannelKey.PAGE) for topic in Topic if topic != Topic.DOCUMENT_READ)


class Sending(TextChoices):
    """How far something on its way out has come."""

    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Given up"
