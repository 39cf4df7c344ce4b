import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # for `planted_effects`: pytest's importlib mode adds no folder of its own
