"""What the pages share: frame, state, cached computation, words and numbers."""
