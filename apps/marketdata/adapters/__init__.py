"""Where market data come from."""
