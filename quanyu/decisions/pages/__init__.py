"""This room's pages: thin views."""
