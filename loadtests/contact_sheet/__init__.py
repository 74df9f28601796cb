"""Sheets for an art director: every place, puppet, camera move and shot of a story as one would see it. Knows no service that runs."""
