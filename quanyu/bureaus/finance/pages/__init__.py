"""Finance: pages, private to this room."""
