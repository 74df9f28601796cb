"""Measures of the budgets in DESIGN.md, each a command of its own."""
