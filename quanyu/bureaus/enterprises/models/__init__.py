"""Enterprises: the tables of this room."""
