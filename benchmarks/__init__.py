"""Measurements that `make bench` prints: ours and a peer's in the same process, read as ratios."""
