"""Where the embedded services put their files: reachable by their user, within the system's limits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fo_platform.embedded.layout import Layout, service_user


def test_sockets_lie_beside_the_data_where_the_path_is_short(tmp_path):
    assert Layout(var=Path("/tmp/fo-x")).sockets == Path("/tmp/fo-x/run")


def test_sockets_move_to_a_short_path_where_it_is_long(tmp_path):
    layout = Layout(var=Path("/tmp") / ("x" * 120))

    assert len(os.fsencode(layout.sockets / ".s.PGSQL.5432.lock")) <= 107
    assert layout.sockets != Layout(var=Path("/tmp") / ("y" * 120)).sockets


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must run PostgreSQL as another user")
def test_data_move_where_the_services_user_cannot_reach_the_folder(tmp_path):
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)
    tmp_path.chmod(0o755)

    layout = Layout(var=closed / "checkout" / "var")

    assert service_user() is not None
    assert layout.postgres_home.parent == Path("/var/tmp")
    assert layout.sockets.parent.parent == Path("/tmp")
