"""A data key as it is stored."""

import msgspec

from tenantry.vault.cipher import Label


class DataKey(msgspec.Struct, frozen=True):
    """The data key of one owner, wrapped; the columns of `data_keys`, in the table's order."""

    tenant_id: str
    owner: str
    key_id: bytes
    wrapped: bytes
    master_fingerprint: str
    created_at: int

    @property
    def label(self) -> Label:
        """What everything sealed under this key is bound to."""
        return Label(self.tenant_id, self.owner, self.key_id)
