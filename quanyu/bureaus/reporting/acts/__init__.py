"""Collecting reports: the verbs of this room, one file a topic."""
