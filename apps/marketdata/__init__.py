"""Data sets: instruments, bars and series, as content-addressed snapshots with source, licence, adjustment and as-of."""
