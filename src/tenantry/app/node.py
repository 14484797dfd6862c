"""What this node is called where nodes are told apart."""

import os
import socket
from typing import Final

_HOST_CHARACTERS: Final = 64


def name_of_this_node() -> str:
    """Return a name that no other living node has."""
    return f"{socket.gethostname()[:_HOST_CHARACTERS]}:{os.getpid()}"
