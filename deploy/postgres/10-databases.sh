#!/bin/sh
# Run once by the PostgreSQL image when the data folder is new: a database for Muster and two for Temporal, each with an owner.
#
# Muster's processes log in as muster, a member of muster_app, which can neither change the schema nor rewrite the record;
# muster_owner is for migrations alone.
set -eu

secret() { cat "/run/secrets/$1"; }

psql --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres \
    --set muster_owner_password="$(secret muster_owner_password)" \
    --set muster_password="$(secret muster_password)" \
    --set temporal_password="$(secret temporal_password)" <<'SQL'
create role muster_app nologin;
create role muster_owner login password :'muster_owner_password';
create role muster login password :'muster_password' in role muster_app;
create role temporal login password :'temporal_password';

create database muster owner muster_owner;
create database temporal owner temporal;
create database temporal_visibility owner temporal;

revoke all on database muster, temporal, temporal_visibility from public;
grant connect on database muster to muster;
SQL
