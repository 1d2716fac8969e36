"""What people can be told, how, and how far it has come."""

from __future__ import annotations

from django.db.models import TextChoices


class Topic(TextChoices):
    """What a person switches on and off. An event names its topic; an event without one tells nobody."""

    BACKTEST_FINISHED = "backtest_finished", "Backtest finished"
    BACKTEST_FAILED = "backtest_failed", "Backtest failed"
    VERDICT_CHANGED = "verdict_changed", "Verdict changed"
    SWEEP_FINISHED = "sweep_finished", "Sweep finished"
    SWEEP_FAILED = "sweep_failed", "Sweep failed"
    STRATEGIES_FOUND = "strategies_found", "Strategies found"
    APPROVAL_ASKED = "approval_asked", "Approval asked for"
    STRATEGY_APPROVED = "strategy_approved", "Strategy approved"
    STRATEGY_REJECTED = "strategy_rejected", "Strategy rejected"
    DOCUMENT_READ = "document_read", "Document read"
    DOCUMENT_FAILED = "document_failed", "Document could not be read"
    HOOK_DISABLED = "hook_disabled", "Web hook switched off"


TOPIC_HELP = {
    Topic.BACKTEST_FINISHED: "A run that you asked for is done and judged.",
    Topic.BACKTEST_FAILED: "A run that you asked for stopped, or its data are missing.",
    Topic.VERDICT_CHANGED: "Another run of a strategy was judged differently from the one before; you asked for one of them.",
    Topic.SWEEP_FINISHED: "A sweep, walk-forward or fan of readings that you asked for is done.",
    Topic.SWEEP_FAILED: "One that you asked for stopped. What its finished pieces gave is kept.",
    Topic.STRATEGIES_FOUND: "A document that you added was looked through for strategies.",
    Topic.APPROVAL_ASKED: "Somebody asks for the approval of a draft, and you may give it.",
    Topic.STRATEGY_APPROVED: "A draft that you wrote, changed or asked about became a version.",
    Topic.STRATEGY_REJECTED: "A draft that you wrote, changed or asked about was set aside, with the reason.",
    Topic.DOCUMENT_READ: "The pages of a document that you added are in.",
    Topic.DOCUMENT_FAILED: "A document that you added has no words that can be read, or is damaged.",
    Topic.HOOK_DISABLED: "A web hook of the desk failed too often. Administrators are told.",
}

TONES = {
    Topic.BACKTEST_FINISHED: "ok",
    Topic.BACKTEST_FAILED: "bad",
    Topic.VERDICT_CHANGED: "warn",
    Topic.SWEEP_FINISHED: "ok",
    Topic.SWEEP_FAILED: "bad",
    Topic.STRATEGIES_FOUND: "ok",
    Topic.APPROVAL_ASKED: "warn",
    Topic.STRATEGY_APPROVED: "ok",
    Topic.STRATEGY_REJECTED: "bad",
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
