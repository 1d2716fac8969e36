"""People, their roles on a desk, API tokens and sign-in."""
