"""Where the units of a study are computed: one small file for each way."""

from harsanyi.study.engines.base import Engine, Launcher
from harsanyi.study.engines.choice import engine_from
from harsanyi.study.engines.processes import Processes
from harsanyi.study.engines.ray_cluster import Ray
from harsanyi.study.engines.serial import Serial
from harsanyi.study.engines.slurm import Slurm

__all__ = ["Engine", "Launcher", "Processes", "Ray", "Serial", "Slurm", "engine_from"]
