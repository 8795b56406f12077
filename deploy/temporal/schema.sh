#!/bin/sh
# Brings Temporal's own tables to this image's version. Run again, it changes nothing.
# The tool reads SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD.
set -eu

for database in temporal temporal_visibility; do
    schema=/etc/temporal/schema/postgresql/v12/${database#temporal_}/versioned
    temporal-sql-tool --database "$database" setup-schema --version 0.0
    temporal-sql-tool --database "$database" update-schema --schema-dir "$schema"
done
