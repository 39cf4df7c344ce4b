"""From a game of shapiq to its sparsest AND and OR effects, and back into what shapiq reads and draws.

Run it as `python examples/from_shapiq.py [FOLDER]`; needs `pip install 'harsanyi[demo,shapiq]'`.
"""

import sys
from pathlib import Path

import shapiq
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor

from harsanyi import extract_game

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "harsanyi-example-shapiq")
folder.mkdir(parents=True, exist_ok=True)

# A forest that predicts how diabetes progresses, and a game of shapiq: the prediction for one patient with only some
# of the 10 columns known, the others drawn from other patients.
data = load_diabetes(as_frame=True)
table, progress = data.data.to_numpy(), data.target.to_numpy()
forest = RandomForestRegressor(50, random_state=0).fit(table[:400], progress[:400])
game = shapiq.MarginalImputer(forest.predict, table[:400], x=table[401], sample_size=30, random_state=0)

# Any game of shapiq will do, and any function of a boolean matrix of coalitions. Without noise, it is matched exactly.
x = extract_game(game, names=list(data.data.columns), noise=0)
print(f"{x[0]}\n")
moebius = shapiq.ExactComputer(game, 10)("Moebius", 10)
print(f"In AND effects alone (shapiq's Moebius values), the game has a strength of {abs(moebius.values).sum():.0f}; "
      f"in AND and OR effects, of {x.objective[0]:.0f}.\n")  # fmt: skip

# Back: "merged" is the whole game in AND effects, "and" and "or" are its two parts.
values = x[0].to_shapiq()["merged"]
shapley = shapiq.ExactComputer(game, 10)("SV", 1)
for player, name in enumerate(x.shared_names):
    shared = sum(value / len(members) for members, value in values.dict_values.items() if player in members)
    print(f"{name:4} Shapley value of the effects {shared:+7.2f}, of the game {shapley[(player,)]:+7.2f}")

x[0].plot.top_interactions().figure.savefig(folder / "patient.png", dpi=150, bbox_inches="tight")
x.save(folder / "interactions.npz")
print(f"\nWrote patient.png and interactions.npz into {folder}.")
