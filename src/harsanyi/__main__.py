"""`python -m harsanyi`."""

from harsanyi.cli import app

app(prog_name="harsanyi")
