"""The composition root: settings, URLs, servers. Nothing imports it."""
