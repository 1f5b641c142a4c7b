"""What Striate knows of each operation: its kind, what it reads, where it slides, what it costs."""

from striate.network.operations.operation import Operation
from striate.network.operations.register import operation_of

__all__ = ["Operation", "operation_of"]
