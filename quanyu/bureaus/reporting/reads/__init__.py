"""Collecting reports: the questions of this room, one file a topic."""
