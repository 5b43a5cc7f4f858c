"""What does it add up to? Formulas, periods, the two engines and the series they make. No Django, no clock."""
