"""The README's Python runs as it stands."""

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_every_python_block_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # it saves a file
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, str(README), "exec"), {})
    assert (tmp_path / "interactions.npz").exists()


def test_every_picture_is_there():
    for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", README.read_text(encoding="utf-8")):
        assert (README.parent / picture).exists(), picture


def test_every_yaml_block_is_a_plan():
    import yaml

    from harsanyi.study import Plan
    from harsanyi.training import TrainingPlan

    blocks = re.findall(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    training, study, compared = map(yaml.safe_load, blocks)
    assert (
        TrainingPlan.from_mapping({**training, "recipe": training["recipe"] | {"device": "cpu"}}).recipe.epochs == 256
    )
    assert Plan.from_mapping(study).at == ("relu",)
    assert [network.role for network in Plan.from_mapping(compared).networks.values()] == ["target", "baseline"]
