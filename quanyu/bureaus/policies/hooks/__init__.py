"""What the case types of this room call: guards, effects, panels."""
