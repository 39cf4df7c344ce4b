"""Networks and data sets for the demo and the recipes."""

from harsanyi.zoo.alexnet import alexnet
from harsanyi.zoo.data import Data, Scaling, Source, select, standardised
from harsanyi.zoo.dgcnn import dgcnn
from harsanyi.zoo.hub import HubSet
from harsanyi.zoo.language import bert_medium, bert_tiny, distilbert, gpt2_tiny
from harsanyi.zoo.layers import relu_name, relu_names
from harsanyi.zoo.lenet import lenet
from harsanyi.zoo.load import NAMES, load_data
from harsanyi.zoo.mlp import mlp5, mlp7
from harsanyi.zoo.pointnet import pointnet
from harsanyi.zoo.resnet import resnet20, resnet32
from harsanyi.zoo.selection import Selection
from harsanyi.zoo.vgg import vgg11, vgg13, vgg16

__all__ = [
    "NAMES",
    "Data",
    "HubSet",
    "Scaling",
    "Selection",
    "Source",
    "alexnet",
    "bert_medium",
    "bert_tiny",
    "dgcnn",
    "distilbert",
    "gpt2_tiny",
    "lenet",
    "load_data",
    "mlp5",
    "mlp7",
    "pointnet",
    "relu_name",
    "relu_names",
    "resnet20",
    "resnet32",
    "select",
    "standardised",
    "vgg11",
    "vgg13",
    "vgg16",
]
