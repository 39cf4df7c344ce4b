"""Kinds of players, one a file."""
