"""Finance: the tables of this room."""
