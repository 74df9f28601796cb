"""Runs the whole of Cineloom on one machine."""
