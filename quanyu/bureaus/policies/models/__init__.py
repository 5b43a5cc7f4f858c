"""Policies: the tables of this room."""
