"""Examples: whole programs on `tenantry.database_updater`; `tenantry updater example` runs them."""
