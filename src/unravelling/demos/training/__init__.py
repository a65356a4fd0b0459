"""Watching a network train: the loss as it falls, a Stop button, what it costs, and what the model writes meanwhile."""

from unravelling.demos.training.live import Training
from unravelling.demos.training.run import Moment, Run
from unravelling.demos.training.train_live import TrainLive
from unravelling.demos.training.watching import train, watch

__all__ = ["Moment", "Run", "TrainLive", "Training", "train", "watch"]
