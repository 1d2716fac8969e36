"""The live socket: only for people of a desk, only hints of that desk."""

from types import SimpleNamespace
from uuid import UUID

import pytest
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator

from apps.events.queries import live_group
from apps.web.consumers import BAD_MESSAGE, MAX_TOPICS, NOT_SIGNED_IN, LiveConsumer

MINE, OTHER = UUID(int=1), UUID(int=2)
ALICE, BOB = UUID(int=3), UUID(int=4)
HINT = {"type": "live.hint", "topic": "documents", "event": "stored", "id": "7"}


@pytest.fixture(autouse=True)
def layer_in_memory(settings):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}


def socket(tenant_id=MINE):
    link = WebsocketCommunicator(LiveConsumer.as_asgi(), "/ws/live/")
    link.scope["actor"] = SimpleNamespace(tenant_id=tenant_id, person_id=ALICE) if tenant_id else None
    return link


async def ready(link):
    """A round trip: what was sent before it has been handled."""
    await link.send_json_to({"ping": 1})
    assert await link.receive_json_from() == {"pong": 1}


async def test_socket_signed_out_is_closed_with_its_code():
    link = socket(tenant_id=None)

    await link.connect()

    assert await link.receive_output() == {"type": "websocket.close", "code": NOT_SIGNED_IN}


async def test_hint_to_a_subscribed_topic_arrives_without_data():
    link = socket()
    await link.connect()
    await link.send_json_to({"subscribe": ["documents"]})
    await ready(link)

    await get_channel_layer().group_send(live_group(MINE, "documents"), {**HINT, "secret": "x"})

    assert await link.receive_json_from() == {"topic": "documents", "event": "stored", "id": "7"}
    await link.disconnect()


async def test_hints_to_a_person_reach_that_person_alone():
    link = socket()
    await link.connect()
    await link.send_json_to({"subscribe": [f"person:{BOB}", f"person:{ALICE}"]})
    await ready(link)

    for person in (BOB, ALICE):
        await get_channel_layer().group_send(
            live_group(MINE, f"person:{person}"), {**HINT, "topic": f"person:{person}"}
        )

    assert (await link.receive_json_from())["topic"] == f"person:{ALICE}"
    assert await link.receive_nothing()
    await link.disconnect()


async def test_hint_to_another_desk_does_not_arrive():
    mine, other = socket(), socket(OTHER)
    for link in (mine, other):
        await link.connect()
        await link.send_json_to({"subscribe": ["documents"]})
        await ready(link)

    await get_channel_layer().group_send(live_group(OTHER, "documents"), HINT)

    assert (await other.receive_json_from())["event"] == "stored"
    assert await mine.receive_nothing()
    for link in (mine, other):
        await link.disconnect()


async def test_unsubscribe_stops_the_hints():
    link = socket()
    await link.connect()
    await link.send_json_to({"subscribe": ["documents"]})
    await link.send_json_to({"unsubscribe": ["documents"]})
    await ready(link)

    await get_channel_layer().group_send(live_group(MINE, "documents"), HINT)

    assert await link.receive_nothing()
    await link.disconnect()


async def test_subscribe_malformed_topics_are_ignored_and_the_number_is_capped():
    link = socket()
    await link.connect()
    wanted = ["Documents", "documents.x", "documents\n", 7, None, *(f"run:{UUID(int=n)}" for n in range(60))]

    await link.send_json_to({"subscribe": wanted})
    await ready(link)

    groups = get_channel_layer().groups
    assert sorted(groups) == sorted(live_group(MINE, f"run:{UUID(int=n)}") for n in range(MAX_TOPICS))
    await link.disconnect()
    assert get_channel_layer().groups == {}


@pytest.mark.parametrize("text", ["not json", "[]", "null"])
async def test_message_that_is_no_object_closes_the_socket(text):
    link = socket()
    await link.connect()

    await link.send_to(text_data=text)

    assert await link.receive_output() == {"type": "websocket.close", "code": BAD_MESSAGE}
