"""Asking an arithmetic session as a page's message does: checked parameters, JSON back."""

import json
from typing import Any

import numpy as np
import numpy.typing as npt

from striate.studio.arithmetic import ArithmeticSession


class Asked:
    """A session, and what it last gave as arrays."""

    def __init__(self) -> None:
        self._session = ArithmeticSession()
        self._requests = self._session.requests()
        self.arrays: dict[str, npt.NDArray[Any]] = {}

    def __call__(self, name: str, **parameters: Any) -> Any:
        """The values of an answer, as they arrive in a page."""
        request = self._requests[f"arithmetic.{name}"]
        sent = json.loads(json.dumps(parameters))
        answer = request.call(self._session, request.validated(sent), {})
        self.arrays = {key: np.array(array) for key, array in answer.arrays.items()}
        return json.loads(json.dumps(answer.values, allow_nan=False))
