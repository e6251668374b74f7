"""Portfolios, scenarios and margin; pure computation with no user interface."""
