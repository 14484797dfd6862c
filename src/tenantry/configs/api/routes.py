"""The routes of settings, each under `/config` and `/v1/config`."""

from functools import partial

from litestar import Router
from litestar.di import Provide
from litestar.params import FromPath

from tenantry.configs.api.one_routes import one_handlers
from tenantry.configs.api.schemas import prefix_schema_handlers
from tenantry.configs.api.tree_routes import tree_handlers
from tenantry.configs.api.watch import watch_handlers
from tenantry.configs.service import ConfigStore, ConfigWatches
from tenantry.web import Prefixed

TAG = "configs"

_PREFIXES = ("/config", "/v1/config")
# A route that posts is called so, and any other method there means the setting of this name.
_ALSO_A_NAME = "rollback"


def config_handlers(store: ConfigStore, watches: ConfigWatches) -> list[Prefixed]:
    """Return the handlers of settings, the same under each prefix."""
    return [Prefixed(p, partial(_routers, store, watches, prefix=p)) for p in _PREFIXES]


def _routers(store: ConfigStore, watches: ConfigWatches, *, prefix: str) -> list[Router]:
    rollback = Router(
        path=f"/{_ALSO_A_NAME}",
        route_handlers=one_handlers(store, watches),
        dependencies={"setting": Provide(_name_of_rollback, sync_to_thread=False)},
        include_in_schema=False,
    )
    of_all = Router(
        path=prefix,
        route_handlers=[
            *tree_handlers(store, path=prefix),
            *watch_handlers(store, watches),
            *prefix_schema_handlers(store.schemas),
            rollback,
        ],
        tags=[TAG],
    )
    # Beside it: what stands in another router is copied deeply, which takes milliseconds.
    by_name = Router(
        path=f"{prefix}/{{name:str}}",
        route_handlers=one_handlers(store, watches),
        dependencies={"setting": Provide(_name_in_path, sync_to_thread=False)},
        tags=[TAG],
    )
    return [of_all, by_name]


def _name_in_path(name: FromPath[str]) -> str:
    return name


def _name_of_rollback() -> str:
    return _ALSO_A_NAME
