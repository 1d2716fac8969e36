"""`python -m benchmarks`: every measurement, one after the other, each printed beside its budget or its peer."""

from __future__ import annotations

import sys

from benchmarks import engine, leaderboard, platform, search, viewer


def main() -> int:
    """Run all benchmarks; the exit code says whether every budget was kept."""
    return max(int(bool(each.main())) for each in (engine, platform, search, leaderboard, viewer))


if __name__ == "__main__":
    sys.exit(main())
