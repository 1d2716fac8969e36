"""The append-only event store and its outbox: the one way in which news travels upwards."""
