"""The vault: values sealed with AES-GCM, and keys that can be destroyed.

Each owner of a tenant has one data key, wrapped by the master key and stored in `data_keys`. To
destroy it is to shred everything that was ever sealed under it, wherever a copy of that lies. This
package knows what an owner is called and nothing of what it seals; it never logs or shows a key or
a plain value, reads no setting and no file, and keeps no unwrapped key but that of `digest_key`.
"""

from tenantry.vault.cipher import is_same_key
from tenantry.vault.errors import SealBroken, Shredded, VaultClosed, WrongMasterKey
from tenantry.vault.master_key import MasterKey
from tenantry.vault.vault import Vault

__all__ = [
    "MasterKey",
    "SealBroken",
    "Shredded",
    "Vault",
    "VaultClosed",
    "WrongMasterKey",
    "is_same_key",
]
