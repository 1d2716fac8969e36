"""The channel layer, which also says which groups anybody listens to."""

from __future__ import annotations

from collections.abc import Iterable

from channels_redis.core import RedisChannelLayer


class HintLayer(RedisChannelLayer):  # type: ignore[misc]
    """Most topics have no listener: to ask for all of them at once costs one round trip, to send to each two."""

    async def heard(self, groups: Iterable[str]) -> list[str]:
        """Those of the groups that have members."""
        by_server: dict[int, list[str]] = {}
        for group in groups:
            by_server.setdefault(self.consistent_hash(group), []).append(group)
        found = []
        for server, names in by_server.items():
            pipe = self.connection(server).pipeline(transaction=False)
            for name in names:
                pipe.exists(self._group_key(name))
            found += [name for name, has_members in zip(names, await pipe.execute(), strict=True) if has_members]
        return found
