"""The commands of settings: `tenantry config …`.

They know paths and JSON; where these are answered is the terminal's business.
"""

from tenantry.configs.commands.changing import add_change
from tenantry.configs.commands.diff import add_diff
from tenantry.configs.commands.exporting import add_export
from tenantry.configs.commands.getting import add_getting
from tenantry.configs.commands.importing import add_import
from tenantry.configs.commands.reading import add_reading
from tenantry.configs.commands.rollback import add_rollback
from tenantry.configs.commands.runtime import add_runtime
from tenantry.configs.commands.schema import add_schema
from tenantry.configs.commands.watching import add_watching
from tenantry.configs.commands.writing import add_writing
from tenantry.terminal import group

app = group("configs", help="The commands of settings.")

_config = group("config", help="Read and change the settings of a tenant.")
add_getting(_config)
add_reading(_config)
add_diff(_config)
add_writing(_config)
add_change(_config)
add_rollback(_config)
add_schema(_config)
add_import(_config)
add_export(_config)
add_watching(_config)
add_runtime(_config)
app.add_typer(_config)

__all__ = ["app"]
