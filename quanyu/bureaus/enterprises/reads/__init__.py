"""Enterprises: the questions of this room."""
