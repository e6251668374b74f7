"""``python -m margin_core``."""

import io
import sys

from margin_core.cli import cli

if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal may lack a sign such as U+2212
        if isinstance(sys.stdout.buffer, io.RawIOBase):
            # unbuffered, as in many containers: one write may stop halfway and not say so
            sys.stdout = io.TextIOWrapper(
                io.BufferedWriter(sys.stdout.buffer), sys.stdout.encoding, "replace"
            )
    cli(prog_name="python -m margin_core")
