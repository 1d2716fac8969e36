"""A platform without a demo desk, for tests that kill its processes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.platform.running import Platform


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    running = Platform(demo=False)
    yield running
    running.remove()
