"""What people and other systems are told: the feed, notices, e-mail, web hooks."""
