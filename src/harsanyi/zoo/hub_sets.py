"""The papers' data sets on the Hugging Face hub."""

from __future__ import annotations

from harsanyi.zoo.hub import HubSet

_IMAGE = ("image", "img")

HUB_SETS = {
    "mnist": HubSet(
        "ylecun/mnist", "image", ("label",), _IMAGE, classes=tuple("0123456789"), size=28, grey=True
    ),
    "cifar-10": HubSet(
        "uoft-cs/cifar10", "image", ("label",), ("img", "image"), size=32,
        classes=("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    ),
    "tiny-imagenet": HubSet("zh-plus/tiny-imagenet", "image", ("label",), _IMAGE, size=64),
    "cub-200": HubSet("Donghyun99/CUB-200-2011", "image", ("label",), _IMAGE, size=224),
    "sst-2": HubSet(
        "stanfordnlp/sst2", "text", ("label",), ("sentence", "text"), classes=("negative", "positive")
    ),
    "ag-news": HubSet(
        "fancyzhx/ag_news", "text", ("label",), ("text", "description"),
        classes=("World", "Sports", "Business", "Sci/Tech"),
    ),
    # Without the weight of the survey's sampling, and without the words for the years of education.
    "census": HubSet(
        "scikit-learn/adult-census-income", "table", ("income", "class", "label", "target"), classes=("<=50K", ">50K"),
        without=("fnlwgt", "final_weight", "final-weight", "education"),
    ),
}  # fmt: skip
