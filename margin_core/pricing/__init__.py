"""Option formulas on plain arrays: no position, no market, no margin."""
