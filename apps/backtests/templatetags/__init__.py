"""Tags of the pages of backtests."""
