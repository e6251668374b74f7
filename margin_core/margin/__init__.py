"""The contract of a margin figure: explained lines, results, cited parameters."""
