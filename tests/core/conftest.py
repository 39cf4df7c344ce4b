import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # for `oracles`: pytest's importlib mode adds no folder of its own
