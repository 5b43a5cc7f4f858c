"""What is special about each trade. Bureaus never call each other: they leave a fact or open a case."""
