#!/bin/sh
# Brings Temporal's two databases to the schema of this admin-tools version. Safe to run again: a database that has the
# schema is left as it is, an older one is updated.
set -eu

bring() {
    temporal-sql-tool --db "$1" setup-schema -v 0.0
    temporal-sql-tool --db "$1" update-schema --schema-name "postgresql/v12/$2"
}

bring temporal temporal
bring temporal_visibility visibility
