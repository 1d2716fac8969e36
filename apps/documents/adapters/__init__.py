"""The outside world: PyMuPDF in a child process, and uploads."""
