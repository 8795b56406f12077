#!/bin/sh
# Run by the PostgreSQL image when it makes a new cluster: three databases, two roles, neither can read the other's.
set -eu

psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname postgres \
    -v temporal_password="$TEMPORAL_DB_PASSWORD" -v leeway_password="$LEEWAY_DB_PASSWORD" <<'SQL'
create role temporal login password :'temporal_password';
create role leeway login password :'leeway_password';
create database temporal owner temporal;
create database temporal_visibility owner temporal;
create database leeway owner leeway;
revoke connect on database temporal, temporal_visibility, leeway from public;
SQL
