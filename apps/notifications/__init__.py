"""What people are told: for now the desk's activity feed, a projection of the event store."""
