"""The commands of settings: `tenantry config …`.

They know paths and JSON; where these are answered is the terminal's business.
"""

from tenantry.configs.commands.exporting import add_export
from tenantry.configs.commands.importing import add_import
from tenantry.configs.commands.reading import add_reading
from tenantry.configs.commands.runtime import add_runtime
from tenantry.configs.commands.watching import add_watching
from tenantry.configs.commands.writing import add_writing
from tenantry.terminal import group

app = group("configs", help="The commands of settings.")

_config = group("config", help="Read and change the settings of a tenant.")
add_reading(_config)
add_writing(_config)
add_import(_config)
add_export(_config)
add_watching(_config)
add_runtime(_config)
app.add_typer(_config)

__all__ = ["app"]
