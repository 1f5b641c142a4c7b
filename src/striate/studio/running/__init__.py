"""The view that trains: designing, starting, steering and watching runs, and looking back."""

from striate.studio.running.session import TrainSession
from striate.studio.running.shared import Running

__all__ = ["Running", "TrainSession"]
