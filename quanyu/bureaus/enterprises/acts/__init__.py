"""Enterprises: the verbs of this room, its only writers."""
