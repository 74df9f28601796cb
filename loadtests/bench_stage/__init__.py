"""How fast the stage draws: whole shots of a story, and its compositor against others over the same layers."""
