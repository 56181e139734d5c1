"""What a token allows."""

from enum import StrEnum


class May(StrEnum):
    """Each includes what stands before it."""

    READ = "read"
    APPROVE = "approve"
    ADMIN = "admin"

    def includes(self, wanted: "May") -> bool:
        """Whether who may this may also what is wanted."""
        order = tuple(May)
        return order.index(self) >= order.index(wanted)
