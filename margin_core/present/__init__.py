"""Results as figures, tables and documents."""
