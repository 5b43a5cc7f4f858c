"""Finance: the questions of this room."""
