"""What this room ties into casework: the guards, effects and panels its case types name."""
