"""Letters that this machine can draw: other fonts for those that the usual one lacks, a box for those that all lack."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from matplotlib import rcParams
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.textpath import text_to_path

MISSING = "□"
_INVISIBLE = ("Cf", "Mn", "Me", "Cc")  # joiners, marks on other letters, control characters
_FALLBACKS = (  # used where they are installed
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "PingFang SC", "Hiragino Sans", "Microsoft YaHei",
    "Yu Gothic", "Malgun Gothic", "WenQuanYi Micro Hei", "Droid Sans Fallback", "Arial Unicode MS", "Noto Sans",
    "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Thai", "Segoe UI", "Nirmala UI",
    "Noto Sans Symbols", "Noto Emoji", "Segoe UI Emoji", "Segoe UI Symbol", "Symbola",
)  # fmt: skip


def fonts_for(text: str) -> FontProperties:
    """The usual font, then those that have the letters of the text that it lacks."""
    usual = list(rcParams["font.family"])
    missing = _missing(set(text), FontProperties(family=usual))
    for family in _installed():
        found = missing - _missing(missing, FontProperties(family=[family])) if missing else set()
        missing -= found
        usual += [family] * bool(found)
    return FontProperties(family=usual)


def drawable(text: str, fonts: FontProperties) -> str:
    """The text, a box in place of every letter that these fonts lack.

    Example:
        >>> drawable("naïve $x$ \\ue000", FontProperties())
        'naïve $x$ □'
    """
    missing = set(text)
    for family in fonts.get_family():
        missing = _missing(missing, FontProperties(family=[family]))
    replaced = {ord(letter): "" if unicodedata.category(letter) in _INVISIBLE else MISSING for letter in missing}
    return text.translate(replaced)


def as_it_stands(text: str) -> dict[str, Any]:
    """How matplotlib draws a text without reading it as a formula: the arguments of its text, title or legend.

    Example:
        >>> as_it_stands("$x$")["parse_math"]
        False
    """
    fonts = fonts_for(text)
    return {"fontfamily": fonts.get_family(), "parse_math": False, "usetex": False}


def joined(parts: Sequence[str], width: float, by: str = ",") -> str:
    """Parts joined by commas, in lines no wider than this where the parts allow it.

    Args:
        parts: of the text.
        width: of a line, in em.
        by: what joins them, before a space; nothing joins words.

    Example:
        >>> joined(["nose", "left eye", "mouth"], 8.5)
        'nose, left eye,\\nmouth'
    """
    lines: list[str] = []
    for at, part in enumerate(parts):
        piece = part + by * (at < len(parts) - 1)
        longer = f"{lines[-1]} {piece}" if lines else ""
        if lines and width_in_em(drawable(longer, fonts := fonts_for(longer)), fonts) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return "\n".join(drawable(line, fonts_for(line)) for line in lines)


@lru_cache(maxsize=1 << 14)
def width_in_em(text: str, fonts: FontProperties) -> float:
    """Width of a line of text over the size of its letters, whatever the resolution."""
    width, _, _ = text_to_path.get_text_width_height_descent(text, fonts, ismath=False)
    return float(width) / float(fonts.get_size_in_points())


def _missing(letters: set[str], fonts: FontProperties) -> set[str]:
    font = get_font(findfont(fonts))
    return {letter for letter in letters if font.get_char_index(ord(letter)) == 0}


@lru_cache(maxsize=1)
def _installed() -> tuple[str, ...]:
    known = {font.name for font in fontManager.ttflist}
    return tuple(family for family in _FALLBACKS if family in known)
