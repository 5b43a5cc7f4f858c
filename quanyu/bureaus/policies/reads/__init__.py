"""Policies: the questions of this room."""
