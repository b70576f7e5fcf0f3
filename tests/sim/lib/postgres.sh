# shellcheck shell=bash
# The private PostgreSQL of ./run and the sample data in it. No cluster of the system is touched.
# Uses $dir, $state, $portal, the passwords and ports of settings.sh, say and die of ./run.

pg_bin=/usr/lib/postgresql/15/bin
pg_user=postgres # when we are root: PostgreSQL refuses to be run by it

# As root, everything of PostgreSQL is done by its own user; from / because it may not see our folder.
as_pg() {
  if is_root; then
    (cd / && setpriv --reuid="$pg_user" --regid="$pg_user" --init-groups -- "$@")
  else
    "$@"
  fi
}

# The place itself: behind our link, PostgreSQL's user might not get through.
pg_data() { readlink "$state/postgres"; }

pg_ctl() { as_pg "$pg_bin/pg_ctl" -s -w -D "$(pg_data)" "$@" 9>&-; }

give_to_pg() {
  ! is_root || chown "$pg_user:$pg_user" "$@"
}

# Where PostgreSQL's user cannot follow us, as below /root, the data goes to a place it can reach.
reachable_place() {
  if as_pg test -x "$state"; then
    say "$state/postgres.d"
  else
    say "/var/lib/portal-run/$(printf %s "$state" | cksum | cut -d ' ' -f 1)"
  fi
}

make_cluster() {
  local place
  [ ! -f "$state/postgres/portal.conf" ] || return 0
  place=$(reachable_place)
  say "Making a private PostgreSQL in $place."
  rm -rf "$place" && mkdir -p "$place" && chmod 0700 "$place"
  [ "${place#/var/lib/}" = "$place" ] || chmod 0711 /var/lib/portal-run
  (umask 077 && printf %s "$admin_password" >"$place.password")
  give_to_pg "$place" "$place.password"
  as_pg "$pg_bin/initdb" -D "$place" -U postgres -E UTF8 --locale=C.UTF-8 --no-sync \
    --auth=scram-sha-256 --pwfile="$place.password" >"$dir/log/initdb.log" 2>&1 || {
    tail -n 3 "$dir/log/initdb.log" >&2
    rm -rf "$place" "$place.password"
    die "PostgreSQL could not make its data; $dir/log/initdb.log says why"
  }
  rm -f "$place.password"
  say "include 'portal.conf'" >>"$place/postgresql.conf"
  ln -sfn "$place" "$state/postgres"
  rm -f "$dir"/has-*
}

# A socket's address has at most 107 bytes, and commas separate folders: else there is only TCP.
socket_folder() {
  case $state in *,*) return ;; esac
  if [ ${#state} -le 80 ] && as_pg test -x "$state"; then say "$state/socket"; fi
}

write_cluster_conf() {
  mkdir -p "$dir/socket"
  give_to_pg "$dir/socket"
  cat >"$state/postgres/portal.conf" <<TEXT
port = $pg_port
listen_addresses = '127.0.0.1'
unix_socket_directories = '$(socket_folder)'
max_connections = 200
timezone = 'UTC'
log_timezone = 'UTC'
TEXT
  give_to_pg "$state/postgres/portal.conf"
}

start_postgres() {
  local log
  ! is_running postgres || return 0
  make_cluster
  write_cluster_conf
  log=$(pg_data)/log.txt
  pg_ctl start -t 60 -l "$log" >/dev/null 2>&1 || {
    tail -n 5 "$log" >&2
    die "PostgreSQL did not start; $log says why"
  }
  remember_process postgres "$(head -n 1 "$state/postgres/postmaster.pid")"
  started+=(postgres)
}

# psql as the owner of everything; arguments as psql's.
admin_psql() {
  PGPASSWORD=$admin_password PGOPTIONS='-c client_min_messages=warning' "$pg_bin/psql" -X -q \
    -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$pg_port" -U postgres "$@" >>"$dir/log/sql.log" 2>&1 || {
    tail -n 3 "$dir/log/sql.log" >&2
    die "preparing the database failed; $dir/log/sql.log says why"
  }
}

make_databases() {
  local name
  [ -f "$dir/has-databases" ] || make_accounts
  [ -f "$dir/has-maker" ] || make_maker
  for name in txt pics; do
    [ ! -f "$dir/has-database-$name" ] || continue
    admin_psql -d postgres -c "DROP DATABASE IF EXISTS $name" \
      -c "CREATE DATABASE $name OWNER portal TEMPLATE template0"
    touch "$dir/has-database-$name"
  done
}

make_accounts() {
  admin_psql -d postgres <<TEXT
DROP DATABASE IF EXISTS accounts;
DROP ROLE IF EXISTS portal, portal_reader;
CREATE ROLE portal LOGIN PASSWORD '$portal_password';
CREATE ROLE portal_reader LOGIN PASSWORD '$reader_password';
CREATE DATABASE accounts OWNER portal TEMPLATE template0;
TEXT
  touch "$dir/has-databases"
}

# Who makes a database and a role for each bouncer (SOJU_DATABASE_ADMIN_URL); it owns what it makes.
make_maker() {
  admin_psql -d postgres -c 'DROP ROLE IF EXISTS portal_maker' \
    -c "CREATE ROLE portal_maker LOGIN CREATEDB CREATEROLE PASSWORD '$maker_password' IN ROLE pg_signal_backend"
  touch "$dir/has-maker"
}

migrate() {
  local name
  for name in portal txt pics; do
    with_settings_of $name "$portal" migrate >"$dir/log/migrate.log" 2>&1 || {
      tail -n 5 "$dir/log/migrate.log" >&2
      die "migrating failed; $dir/log/migrate.log says why, and ./run --reset starts over"
    }
  done
}

# --- Sample data ---

seed_soju() {
  local database=soju_$1
  admin_psql -d postgres -c "DROP DATABASE IF EXISTS \"$database\"" \
    -c "CREATE DATABASE \"$database\" TEMPLATE template0"
  admin_psql -1 -d "$database" -f tests/data/soju_schema_14.sql -f tests/data/soju_schema_17.sql \
    -f tests/data/soju_schema_18.sql -f "tests/sim/seed/soju_$1.sql"
  admin_psql -d "$database" -v role=portal_reader -f conf/soju_grants.sql
}

seed_txt() {
  [ ! -f "$dir/has-samples-txt" ] || return 0
  admin_psql -1 -d txt -v issuer="http://127.0.0.1:$sim_port" -c 'SET ROLE portal' \
    -f tests/sim/seed/txt.sql
  touch "$dir/has-samples-txt"
}

seed() {
  seed_txt
  [ ! -f "$dir/has-samples" ] || return 0
  seed_soju alice
  seed_soju alice-work
  admin_psql -1 -d accounts -v issuer="http://127.0.0.1:$sim_port" -c 'SET ROLE portal' \
    -f tests/sim/seed/accounts.sql
  touch "$dir/has-samples"
}

# Prices buy plans, and bob has paid for some months: what came of it he learns by webhooks. Tests
# make customers of their own.
seed_stripe() {
  [ ! -f "$dir/has-samples-stripe" ] || return 0
  admin_psql -1 -d accounts -c 'SET ROLE portal' -f tests/sim/seed/billing.sql
  tell_stripe seed '{}'
  is_simulated || tell_stripe seed '{"sub":"bob","email":"bob@example.org","days":130}'
  touch "$dir/has-samples-stripe"
}

# tell_stripe ORDER JSON: an order to the simulator of Stripe.
tell_stripe() {
  local status=
  exec 8<>"/dev/tcp/127.0.0.1/$stripe_port" || die 'the simulator of Stripe does not answer'
  printf 'POST /control/%s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s' \
    "$1" "${#2}" "$2" >&8
  read -r -t 30 _ status _ <&8 || true
  exec 8>&-
  [ "$status" = 200 ] || die "the simulator of Stripe refuses $1; $dir/log/stripe.log may say why"
}
