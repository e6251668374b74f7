"""The one door for files, tables and pasted text: in and out of portfolio and market."""

from margin_core.files.fills import Fills, unlike_fills
from margin_core.files.lines import LineVerdict, parse_lines, refusals
from margin_core.files.link import decode, encode
from margin_core.files.reading import read, read_path
from margin_core.files.rows import ROW_COLUMNS, from_rows, to_rows
from margin_core.files.schema import schema
from margin_core.files.writing import write
from margin_core.files.writing_csv import write_csv

__all__ = [
    "ROW_COLUMNS",
    "Fills",
    "LineVerdict",
    "decode",
    "encode",
    "from_rows",
    "parse_lines",
    "read",
    "read_path",
    "refusals",
    "schema",
    "to_rows",
    "unlike_fills",
    "write",
    "write_csv",
]
