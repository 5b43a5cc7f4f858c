"""Policies: pages, private to this room."""
