"""What every block of parameters has in common."""

from pydantic import BaseModel, ConfigDict


class Block(BaseModel):
    """A block of parameters; unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)
