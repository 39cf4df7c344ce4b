"""A small grammar of film reviews whose sentiment is a known sum of AND and OR interactions between words."""

from harsanyi.zoo.sentiment.grammar import sentiment
from harsanyi.zoo.sentiment.planted import Planted, planted
from harsanyi.zoo.sentiment.tokenizer import sentiment_tokenizer

__all__ = ["Planted", "planted", "sentiment", "sentiment_tokenizer"]
