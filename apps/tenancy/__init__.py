"""Tenants and their isolation in the database: below everything that stores something."""
