"""The port of language models, its adapter, prices, and the circuit breaker."""
