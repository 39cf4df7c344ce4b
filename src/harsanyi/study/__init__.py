"""Studies: many extractions, stored, resumable, on one machine or many."""

from harsanyi.study.network_plan import NetworkPlan
from harsanyi.study.plan import Plan, find_plan, read_plan
from harsanyi.study.status import Status
from harsanyi.study.study import Study

__all__ = ["NetworkPlan", "Plan", "Status", "Study", "find_plan", "read_plan"]
