"""`python -m benchmarks`: every measurement, one after the other, each printed beside its budget or its peer."""

from __future__ import annotations

import sys

from benchmarks import engine, leaderboard, meaning, platform, search, sweeps, tearsheet, viewer


def main() -> int:
    """Run all benchmarks; the exit code says whether every budget was kept."""
    every = (engine, platform, search, meaning, leaderboard, viewer, tearsheet, sweeps)
    return max(int(bool(measure.main())) for measure in every)


if __name__ == "__main__":
    sys.exit(main())
