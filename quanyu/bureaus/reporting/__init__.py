"""Collecting reports: firms fill, confirm and correct them; clerks open periods, remind, question and compare."""
