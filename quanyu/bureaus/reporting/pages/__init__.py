"""Collecting reports: pages, private to this room."""
