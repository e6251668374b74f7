"""Marks, scenarios, revaluation and exposures; knows no margin."""
