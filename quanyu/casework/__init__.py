"""How is anything decided? Cases that run through the states their type declares, whoever's trade they belong to."""
