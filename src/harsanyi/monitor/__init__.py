"""Interactions watched while a network trains: in one's own loop, under Lightning, or with a Hugging Face Trainer."""

from harsanyi.monitor.cost import Cost
from harsanyi.monitor.hugging_face import hugging_face_callback
from harsanyi.monitor.lightning import lightning_callback
from harsanyi.monitor.monitor import Monitor

__all__ = ["Cost", "Monitor", "hugging_face_callback", "lightning_callback"]
