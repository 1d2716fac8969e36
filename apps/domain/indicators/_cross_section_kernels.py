"""Compiled loops over the members of each day. Private, and imported late: importing numba takes most of a second.

Arrays come day-major, (n_days, n_symbols), so that a day lies together. NaN is who does not count.
"""

from __future__ import annotations

import numpy as np

from apps.domain.values.compiling import Array, compiled


@compiled
def ranked(x: Array, groups: Array, share: bool, out: Array) -> None:
    """Mean rank from 1 within each group of the day, over the number ranked when `share`."""
    n = x.shape[1]
    at = np.empty(n, dtype=np.int64)
    key = np.empty(n)
    for t in range(x.shape[0]):
        m = 0
        for s in range(n):
            if not np.isnan(x[t, s]) and not np.isnan(groups[t, s]):
                at[m] = s
                key[m] = x[t, s]
                m += 1
        order = np.argsort(key[:m], kind="mergesort")
        label = np.empty(m)
        for k in range(m):
            label[k] = groups[t, at[order[k]]]
        split = np.argsort(label, kind="mergesort")
        first = 0
        while first < m:
            last = first
            while last < m and label[split[last]] == label[split[first]]:
                last += 1
            k = first
            while k < last:
                tied = k
                value = key[order[split[k]]]
                while tied < last and key[order[split[tied]]] == value:
                    tied += 1
                rank = (k - first + 1 + tied - first) / 2.0
                for j in range(k, tied):
                    out[t, at[order[split[j]]]] = rank / (last - first) if share else rank
                k = tied
            first = last
