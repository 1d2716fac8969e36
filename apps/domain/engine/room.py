"""Memory that is used again: in a sweep, fresh pages cost more than what is written on them."""

from __future__ import annotations

import math
import weakref

import numpy as np

from apps.domain.values.panel import FloatArray


class Room:
    """Arrays on blocks of one size; a block is taken again when nobody holds an array, or a view of one, that stands on it.

    May be used by several threads. At most `most` free blocks are kept.
    """

    def __init__(self, *, most: int) -> None:
        self._free: list[FloatArray] = []
        self._most = most
        self._size = 0

    def empty(self, shape: tuple[int, ...]) -> FloatArray:
        """An array with anything in it, as `numpy.empty` gives."""
        size = math.prod(shape)
        self._size = max(self._size, size)
        try:
            block = self._free.pop()
        except IndexError:
            block = np.empty(self._size)
        if len(block) < size:
            block = np.empty(self._size)
        # Views keep the array that they are views of, but for one that stands on another array: they keep that other one.
        held = np.frombuffer(block.data, count=size)
        weakref.finalize(held, self._give_back, block)
        return held.reshape(shape)

    def _give_back(self, block: FloatArray) -> None:
        if len(self._free) < self._most and len(block) == self._size:
            self._free.append(block)
