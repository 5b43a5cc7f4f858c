"""Enterprises: pages, private to this room."""
