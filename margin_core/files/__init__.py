"""The one door for files, tables and pasted text: in and out of portfolio and market."""

from margin_core.files.reading import read, read_path
from margin_core.files.writing import write

__all__ = ["read", "read_path", "write"]
