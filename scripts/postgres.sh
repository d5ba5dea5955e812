#!/usr/bin/env bash
# A throw-away PostgreSQL for tests, from Debian's packages, on a Unix socket alone.
#   scripts/postgres.sh database   starts it where it does not run, makes an empty database, prints its address
#   scripts/postgres.sh drop ADDRESS   removes such a database again
#   scripts/postgres.sh stop       stops it and removes its files
# TRIBUTARY_POSTGRES names a server to use instead: postgres://USER@HOST/DATABASE whose user may create databases.
set -euo pipefail
folder=${TRIBUTARY_POSTGRES_FOLDER:-${TMPDIR:-/tmp}/tributary-postgres-$(id -u)}
exec 9>"$folder.lock"
flock 9

# The newest server that is installed.
bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }

# PostgreSQL refuses to run as root.
as_server() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi; }

install_where_missing() {
  [ -n "$(bin)" ] && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # No cluster of the package's own: this one is enough.
    mkdir -p /etc/postgresql-common && [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends postgresql >/dev/null 2>&1
  fi
  [ -n "$(bin)" ] || { echo "PostgreSQL is needed: apt-get install postgresql, or set TRIBUTARY_POSTGRES" >&2; exit 1; }
}

start() {
  install_where_missing
  if as_server "$(bin)/pg_ctl" -D "$folder/data" status >/dev/null 2>&1; then return; fi
  rm -rf "$folder"
  mkdir -p "$folder"
  [ "$(id -u)" != 0 ] || chown postgres:postgres "$folder"
  as_server "$(bin)/initdb" -D "$folder/data" -U tributary -A trust --no-instructions >/dev/null
  # Durability is on, as users have it; many connections, for tests run side by side.
  as_server "$(bin)/pg_ctl" -D "$folder/data" -l "$folder/log" -w -s \
    -o "-c listen_addresses= -c unix_socket_directories=$folder -c max_connections=400 -c shared_buffers=128MB" start 9>&- >/dev/null
}

case "${1:-}" in
  database)
    name=t_$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
    if [ -n "${TRIBUTARY_POSTGRES:-}" ]; then
      psql -q "$TRIBUTARY_POSTGRES" -c "CREATE DATABASE $name" >&2
      echo "${TRIBUTARY_POSTGRES%/*}/$name"
    else
      start
      # A template that nobody uses is copied without waiting for whoever is connected to the others.
      "$(bin)/createdb" -h "$folder" -U tributary -T template0 "$name"
      echo "postgres://tributary@localhost/$name?host=$folder"
    fi
    ;;
  drop)
    name=${2%%\?*}
    name=${name##*/}
    [[ $name == t_* ]] || { echo "$name is no database of this script's" >&2; exit 2; }
    if [ -n "${TRIBUTARY_POSTGRES:-}" ]; then
      psql -q "$TRIBUTARY_POSTGRES" -c "DROP DATABASE IF EXISTS $name WITH (FORCE)" >&2
    else
      "$(bin)/dropdb" -h "$folder" -U tributary --if-exists --force "$name"
    fi
    ;;
  stop)
    [ ! -d "$folder/data" ] || as_server "$(bin)/pg_ctl" -D "$folder/data" -m immediate -s stop || true
    rm -rf "$folder"
    ;;
  *)
    sed -n '2,6s/^# //p' "$0" >&2
    exit 2
    ;;
esac
