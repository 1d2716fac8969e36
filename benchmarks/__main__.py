"""`python -m benchmarks`: every measurement, one after the other, each printed beside its budget or its peer."""

from __future__ import annotations

import sys

from benchmarks import engine, platform, search, sweeps


def main() -> int:
    """Run all benchmarks; the exit code says whether every budget was kept."""
    return max(int(bool(engine.main())), int(bool(platform.main())), int(bool(search.main())), int(bool(sweeps.main())))


if __name__ == "__main__":
    sys.exit(main())
