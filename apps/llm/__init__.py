"""The one door to language models: typed requests, a ledger of what they cost, budgets and a circuit breaker."""
