"""Pages and commands that join several apps. No models."""
