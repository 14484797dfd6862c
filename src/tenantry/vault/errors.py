"""Why something cannot be sealed, or what was sealed cannot be opened."""

from tenantry.base.errors import Gone, Unavailable


class VaultClosed(Unavailable):
    """Nothing can be sealed or opened: this node has no master key until an operator gives it one.

    It is the server that lacks something and not the request that is wrong, hence the kind.
    """

    default_code = "vault_closed"

    def __init__(self) -> None:
        super().__init__("secrets cannot be sealed or opened: this node has no MASTER_KEY")


class WrongMasterKey(Unavailable):
    """The data keys are wrapped under another master key than this node has."""

    default_code = "wrong_master_key"

    def __init__(self, *, stored: str, present: str) -> None:
        super().__init__(
            f"the data keys are wrapped under the master key {stored}, this node has {present}: "
            "give it that one",
            details={"stored": stored, "present": present},
        )


class Shredded(Gone):
    """The data key of what was sealed has been destroyed, so nobody can open it any more."""

    default_code = "shredded"

    def __init__(self, *, owner: str) -> None:
        super().__init__(
            f"the key of {owner} was destroyed, and with it what was sealed under it",
            details={"owner": owner},
        )


class SealBroken(Unavailable):
    """What is stored is not what was sealed: it was changed, or belongs to somebody else."""

    default_code = "seal_broken"

    def __init__(self, what: str, *, owner: str) -> None:
        super().__init__(f"{what} of {owner} was changed", details={"owner": owner})
