"""The one socket of a page. It carries hints, never data: the page fetches what changed through its ordinary views."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import structlog
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from apps.events.queries import live_group

NOT_SIGNED_IN = 4401
BAD_MESSAGE = 4400
MAX_TOPICS = 50
_PERSON = "person:"
_TOPIC = re.compile(r"^[a-z]+(:[0-9a-f-]{36})?$")

logger = structlog.get_logger(__name__)


class LiveConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """Subscribes a signed-in person to topics of their desk and forwards the hints sent to them."""

    groups_by_topic: dict[str, str]

    async def connect(self) -> None:
        self.groups_by_topic = {}
        await self.accept()
        if self.scope.get("actor") is None:  # accepted first, because a refused handshake hides the code from the page
            await self.close(code=NOT_SIGNED_IN)

    async def disconnect(self, code: int) -> None:
        for group in self.groups_by_topic.values():
            await self.channel_layer.group_discard(group, self.channel_name)
        self.groups_by_topic.clear()

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if self.scope.get("actor") is None or not isinstance(content, dict):
            await self.close(code=BAD_MESSAGE)
            return
        if "ping" in content:
            await self.send_json({"pong": content["ping"]})
        for topic in _topics(content.get("subscribe")):
            await self._join(topic)
        for topic in _topics(content.get("unsubscribe")):
            await self._leave(topic)

    async def live_hint(self, message: dict[str, Any]) -> None:
        """A hint from the channel layer: {"type": "live.hint", "topic", "event", "id"}."""
        await self.send_json({"topic": message["topic"], "event": message["event"], "id": message["id"]})
        logger.debug("hint_sent", topic=message["topic"], correlation_id=message.get("correlation_id", ""))

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        """The message, or None when it is not JSON, which then closes the socket instead of raising."""
        try:
            return await super().decode_json(text_data)
        except ValueError:
            return None

    async def _join(self, topic: str) -> None:
        if topic in self.groups_by_topic or len(self.groups_by_topic) >= MAX_TOPICS:
            return
        if topic.startswith(_PERSON) and topic != f"{_PERSON}{self.scope['actor'].person_id}":
            return  # what is news for one person is nobody else's to know
        tenant_id: UUID = self.scope["actor"].tenant_id
        group = live_group(tenant_id, topic)
        self.groups_by_topic[topic] = group
        await self.channel_layer.group_add(group, self.channel_name)

    async def _leave(self, topic: str) -> None:
        group = self.groups_by_topic.pop(topic, None)
        if group:
            await self.channel_layer.group_discard(group, self.channel_name)


def _topics(given: object) -> list[str]:
    if not isinstance(given, list):
        return []
    return [topic for topic in given if isinstance(topic, str) and _TOPIC.fullmatch(topic)]
