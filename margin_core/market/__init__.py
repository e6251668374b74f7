"""What the market says: prices, rates, volatilities and the time they describe."""
