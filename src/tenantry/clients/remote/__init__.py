"""Stand-in."""
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any
import json
import msgspec, yaml
from tenantry.clients.model import ItemError
class Loaded(msgspec.Struct, frozen=True):
    raw: dict[str, Any]
    variables: dict[str, str]
    origin: str
    tenant: str | None = None
class LoadFailure(msgspec.Struct, frozen=True):
    origin: str
    errors: tuple[ItemError, ...]
def load(paths: Sequence[Path], *, client_vars: Collection[str], environ: Mapping[str, str]) -> list[Loaded | LoadFailure]:
    out: list[Loaded | LoadFailure] = []
    for p in paths:
        files = [p] if not p.is_dir() else sorted(p.iterdir())
        for f in files:
            try:
                raw = yaml.safe_load(f.read_text())
                assert isinstance(raw, dict)
                out.append(Loaded(raw, {n: environ[n] for n in client_vars if n in environ}, str(f)))
            except Exception as error:
                out.append(LoadFailure(str(f), (ItemError(error_type="validation_failed", message=str(error)),)))
    return out
def write_client(raw: Mapping[str, Any], folder: Path, form: str) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    p = folder / f"{raw['key']}.{form}"
    p.write_text(json.dumps(raw) if form == "json" else yaml.safe_dump(dict(raw)))
    return [p]
