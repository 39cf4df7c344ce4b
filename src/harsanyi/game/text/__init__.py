"""Sentences: words, tokens, and the models that are run on them."""
