"""A Python module that exposes `config`: for who may run code here anyway."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Final

from tenantry.base.errors import Invalid
from tenantry.base.ids import new_id
from tenantry.clients.errors import InvalidClient
from tenantry.clients.rules import as_json

SUFFIX: Final = ".py"


def read_module(path: Path) -> Any:
    """Run a module, and return its `config` as a JSON value; raises `Invalid`."""
    config = _config_of(path)
    try:
        return as_json(config)
    except InvalidClient as error:
        first = error.errors[0]
        told = f"{path.name}: config: {first.path}: {first.message}"
        raise Invalid(told, field=path.name, wants="what JSON can say") from error


def _config_of(path: Path) -> Any:
    name = f"_declared_{new_id().replace('-', '_')}"
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise Invalid(field=path.name, got="what is no module", wants="a Python module")
    module = module_from_spec(spec)
    # A data class looks its module up while it is made.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # a module of theirs may raise anything at all
        line = _line_in(error, path)
        told = f"{path.name}{line}: {type(error).__name__}: {error}"
        raise Invalid(told, field=path.name, wants="a module that can be imported") from error
    finally:
        del sys.modules[name]

    if not hasattr(module, "config"):
        raise Invalid(field=path.name, got="no config in it", wants="a module that has `config`")
    return module.config


def _line_in(error: Exception, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return f":{error.lineno}" if error.lineno else ""
    lines = []
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return f":{lines[-1]}" if lines else ""
