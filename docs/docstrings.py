"""What the reference makes of our docstrings: examples are shown as code, and sources stand out."""

import re

import griffe


class Docstrings(griffe.Extension):
    """Changes docstrings before they are parsed; those in the package stay as `help` shows them."""

    def on_object(self, *, obj: griffe.Object, **_: object) -> None:
        """Every class, function and attribute of the package."""
        if obj.docstring is not None:
            obj.docstring.value = shown(obj.docstring.value)


def shown(text: str) -> str:
    """A docstring as the reference shows it.

    Example:
        >>> shown("Sum.\\n\\nExample:\\n    >>> 1 + 1\\n    2\\n\\nSource: ours.")
        'Sum.\\n\\nExamples:\\n    >>> 1 + 1\\n    2\\n\\n**Source:** ours.'
    """
    text = re.sub(r"^Example:$", "Examples:", text, flags=re.MULTILINE)
    return re.sub(r"^Source: ", "**Source:** ", text, flags=re.MULTILINE)
