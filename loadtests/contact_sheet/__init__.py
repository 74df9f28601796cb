"""Sheets for an art director: all that the film can show, as one would see it. Knows no service that runs."""
