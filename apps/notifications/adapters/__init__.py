"""The outside world: channels to people, and addresses on the internet."""
