"""What is held: instruments, positions, balances and the portfolio of one account."""
