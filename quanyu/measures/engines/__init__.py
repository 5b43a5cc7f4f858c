"""Two engines, one meaning: `reference` is obvious, `duckdb` is fast; neither knows the other."""
