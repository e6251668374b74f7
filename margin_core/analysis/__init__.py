"""Uses margin as a function: comparison and what follows from it."""
