"""Mark, volatility and value of each position, from what the file gives."""
