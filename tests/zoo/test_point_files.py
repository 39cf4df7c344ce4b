"""Real small mesh, point and array files in the layouts of ModelNet and ShapeNet."""

import shutil
import sys

import numpy as np
import pytest
import torch
import trimesh

from harsanyi.core.errors import ArgumentError
from harsanyi.zoo import load_data
from harsanyi.zoo.point_files import point_files

RANDOM = np.random.default_rng(0)
CLOUD = RANDOM.standard_normal((50, 3))


def export(geometry, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    geometry.export(path)
    return path


@pytest.fixture
def modelnet(tmp_path):
    folder = tmp_path / "ModelNet2"
    for split, count in (("train", 4), ("test", 2)):
        for index in range(count):
            export(trimesh.creation.box((1, 2, 3 + index)), folder / "box" / split / f"box_{index}.off")
            export(trimesh.creation.icosphere(2, radius=5), folder / "ball" / split / f"ball_{index}.off")
    return folder


def test_modelnet_keeps_its_splits_and_classes(modelnet):
    data = load_data("modelnet40", modelnet, points=300, held_out=0.25, label_noise=0.5, noise="other")
    assert data.class_names == ("ball", "box")
    assert (len(data.train_inputs), len(data.held_out_inputs), len(data.test_inputs)) == (6, 2, 4)
    for inputs, labels in ((data.train_inputs, data.clean_labels), (data.test_inputs, data.test_labels)):
        assert inputs.shape[1:] == (300, 3)
        assert inputs.dtype == torch.float32
        np.testing.assert_allclose(inputs.norm(dim=2).amax(1), 1, rtol=1e-5)
        np.testing.assert_allclose(inputs.mean(1), 0, atol=1e-6)
        nearest = inputs.norm(dim=2).amin(1)
        assert ((nearest > 0.7) == (labels == 0)).all()  # only a ball's points are all far from its centre
    assert (data.train_labels != data.clean_labels).sum() == 3


def test_surfaces_are_sampled_by_area(tmp_path):
    export(trimesh.creation.box((1, 1, 4)), tmp_path / "box" / "a.ply")
    [cloud] = point_files(tmp_path, points=20_000).train.read(torch.tensor([0])).double()
    cloud = cloud / cloud[:, 2].abs().max() * 2
    ends = float((cloud[:, 2].abs() > 1.9).double().mean())
    assert abs(ends - (2 * 1 + 2 * 4 * 0.1) / 18) < 0.015  # both caps and 0.1 of the sides next to each
    sides = cloud[(cloud[:, 2].abs() < 1.9)]
    np.testing.assert_allclose(sides[:, :2].abs().amax(1), 0.5, atol=0.03)


def test_points_depend_on_the_seed_and_the_file_alone(modelnet):
    first, again, other = (point_files(modelnet, 50, seed) for seed in (1, 1, 2))
    rows = torch.arange(8)
    assert torch.equal(first.train.read(rows), again.train.read(rows))
    assert not torch.equal(first.train.read(rows), other.train.read(rows))
    last = first.train.read(torch.tensor([7]))
    (modelnet / "ball" / "train" / "ball_0.off").unlink()
    assert torch.equal(point_files(modelnet, 50, 1).train.read(torch.tensor([6])), last)


def test_the_split_may_stand_above_the_class(modelnet, tmp_path):
    turned = tmp_path / "turned"
    for path in modelnet.rglob("*.off"):
        label, split = path.relative_to(modelnet).parts[:2]
        (turned / split / label).mkdir(parents=True, exist_ok=True)
        shutil.copy(path, turned / split / label)
    source = point_files(turned, 16)
    assert source.class_names == ("ball", "box")
    assert (len(source.train.labels), len(source.test.labels)) == (8, 4)


def test_flat_class_folders_of_every_format(tmp_path):
    mesh = trimesh.creation.icosphere(1)
    for kind in ("off", "ply", "stl", "obj"):
        export(mesh, tmp_path / "02691156" / f"model_{kind}" / "models" / f"normalized.{kind}")
    export(trimesh.PointCloud(CLOUD), tmp_path / "points" / "cloud.ply")
    np.save(tmp_path / "points" / "cloud.npy", np.hstack([CLOUD, np.ones((50, 3))]))
    np.savez(tmp_path / "points" / "named.npz", points=CLOUD, labels=np.zeros(3))
    np.savez(tmp_path / "points" / "one.npz", CLOUD)
    (tmp_path / "readme.txt").write_text("classes in folders")
    data = load_data("shapenet", tmp_path, points=50, test=0)
    assert data.class_names == ("02691156", "points")
    balls, clouds = data.train_inputs[data.train_labels == 0], data.train_inputs[data.train_labels == 1]
    assert len(balls) == len(clouds) == 4
    assert (balls.norm(dim=2) > 0.6).all()
    centred = CLOUD - CLOUD.mean(0)
    expected = sorted((centred / np.linalg.norm(centred, axis=1).max()).tolist())
    for cloud in clouds:  # as many points as there are: each once
        np.testing.assert_allclose(sorted(cloud.tolist()), expected, atol=1e-5)


def test_too_few_points_are_taken_again_and_too_many_are_thinned(tmp_path):
    (tmp_path / "a").mkdir()
    np.save(tmp_path / "a" / "cloud.npy", CLOUD)
    few, many = (point_files(tmp_path, points).train.read(torch.tensor([0]))[0] for points in (20, 120))
    assert len(few.unique(dim=0)) == 20
    assert len(many.unique(dim=0)) == 50
    assert many.unique(dim=0, return_counts=True)[1].tolist().count(3) == 20


def test_headers_that_run_into_the_counts_are_read(tmp_path):
    path = export(trimesh.creation.box((1, 1, 1)), tmp_path / "box" / "a.off")
    path.write_text(path.read_text().replace("OFF\n", "OFF", 1))  # as in some files of ModelNet40
    assert point_files(tmp_path, 8).train.read(torch.tensor([0])).shape == (1, 8, 3)


def test_broken_files_are_named(modelnet):
    (modelnet / "box" / "train" / "box_1.off").write_text("OFF\n8 12 0\n0 0 0\n")
    (modelnet / "ball" / "train" / "empty.off").write_text("")
    np.save(modelnet / "ball" / "train" / "flat.npy", CLOUD[:, :2])
    np.save(modelnet / "ball" / "train" / "infinite.npy", np.full((5, 3), np.inf))
    np.save(modelnet / "ball" / "train" / "none.npy", np.zeros((0, 3)))
    flat = trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [2, 0, 0]], [[0, 1, 2]], process=False)
    export(flat, modelnet / "ball" / "train" / "line.off")
    np.savez(modelnet / "ball" / "train" / "many.npz", a=CLOUD, b=CLOUD)
    source = point_files(modelnet, 16)
    with pytest.raises(ArgumentError) as caught:
        source.train.read(torch.arange(len(source.train.labels)))
    message = str(caught.value)
    for name in ("empty.off", "flat.npy", "infinite.npy", "line.off", "many.npz", "and 2 more"):
        assert name in message
    assert "ball_0.off" not in message


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "a folder of class folders with .off"),
        (["train/a.npy"], "a.npy, which lies in no class folder"),
        (["box/train/a.npy", "ball/b.npy"], "b.npy belongs to neither train nor test"),
        (["box/test/a.npy"], "with test files alone"),
    ],
)
def test_folders_of_another_form_are_refused(tmp_path, files, message):
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        np.save(tmp_path / name, CLOUD)
    with pytest.raises(ArgumentError, match=message):
        point_files(tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"source": "nowhere"}, "given nowhere; accepted: an existing folder"), ({"points": 0}, "points: given 0")],
)
def test_arguments_are_checked(tmp_path, options, message):
    with pytest.raises(ArgumentError, match=message):
        load_data("modelnet", **{"source": tmp_path, **options})


def test_meshes_need_trimesh(monkeypatch, modelnet):
    monkeypatch.setitem(sys.modules, "trimesh", None)
    with pytest.raises(ImportError, match=r"meshes need trimesh: pip install 'harsanyi\[points\]'"):
        point_files(modelnet)
