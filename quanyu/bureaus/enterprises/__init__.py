"""Knowing and growing firms: their files, the ladder they climb, what they ask for."""
