"""The core: what the project exists for. Pure functions on frozen values; no Django, no clock, no I/O, no logging."""
