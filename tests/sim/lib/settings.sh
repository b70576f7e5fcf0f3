# shellcheck shell=bash
# Ports, secrets and addresses of what ./run starts: chosen once, kept in .run/env. Uses $dir,
# $samples, $wanted_port, say and die of ./run.

is_listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range that the kernel gives to outgoing connections.
free_port() {
  local port tries=0
  while [ $((tries += 1)) -le 200 ]; do
    port=$((20000 + RANDOM % 12000))
    case " $taken_ports " in *" $port "*) continue ;; esac
    is_listening $port || { say $port; return; }
  done
  die 'found no free port between 20000 and 32000'
}

# Sets the variable named $1 to the port remembered for it or a free one. Those that people or the
# database keep (addresses, the issuer) do not change silently.
taken_ports=''
choose_port() {
  local port
  port=$(remembered "$2" | sed 's/.*:\([0-9]*\).*/\1/')
  [ -n "$port" ] || port=$(free_port)
  taken_ports="$taken_ports $port"
  printf -v "$1" %s "$port"
}

need_free() {
  ! is_listening "$1" || die "port $1 of 127.0.0.1, $2, is taken by another program; $3"
}

# --- Settings ---

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

remembered_or() {
  local value
  value=$(remembered "$1")
  say "${value:-$2}"
}

choose_settings() {
  local name
  choose_port public_port PUBLIC_URL
  choose_port internal_port INTERNAL_URL
  choose_port pg_port DATABASE_PORT
  choose_port sim_port SIM_URL
  choose_port sim_tls_port KUBERNETES_API_URL
  choose_port stripe_port STRIPE_SIM_PORT
  choose_port soju_port SOJU_SIM_PORT
  for name in txt pics; do
    choose_port "${name}_port" "${name^^}_PORT"
    choose_port "${name}_internal_port" "${name^^}_INTERNAL_PORT"
  done
  [ -z "$wanted_port" ] || public_port=$wanted_port
  rate_limits=${RATE_LIMITS:-$(remembered_or RATE_LIMITS on)}
  cache=${CACHE:-$(remembered_or CACHE on)}
  content=${CONTENT:-$(remembered_or CONTENT real)}
  session_key=$(remembered_or SESSION_KEY "$(random_hex 32)")
  internal_secret=$(remembered_or INTERNAL_SECRET "$(random_hex 32)")
  client_secret=$(remembered_or OIDC_CLIENT_SECRET "$(random_hex 16)")
  admin_password=$(remembered_or DATABASE_ADMIN_PASSWORD "$(random_hex 16)")
  portal_password=$(remembered_or DATABASE_PORTAL_PASSWORD "$(random_hex 16)")
  maker_password=$(remembered_or DATABASE_MAKER_PASSWORD "$(random_hex 16)")
  reader_password=$(remembered_or DATABASE_READER_PASSWORD "$(random_hex 16)")
  stripe_key=$(remembered_or STRIPE_SECRET_KEY "sk_test_$(random_hex 16)")
  stripe_secret=$(remembered_or STRIPE_WEBHOOK_SECRET "whsec_$(random_hex 16)")
  soju_key=$(remembered_or SOJU_ADMIN_KEY "$(random_hex 32)")
  kube_token=$(remembered_or SIM_KUBE_TOKEN "$(random_hex 16)")
}

# Where the simulator of soju takes commands. As that of PostgreSQL, its address has at most 107 bytes.
soju_socket() {
  local path=$state/soju-admin
  if [ "$(printf %s "$path" | wc -c)" -gt 107 ]; then
    path=/tmp/portal-run-$(id -u)-$(printf %s "$state" | cksum | cut -d ' ' -f 1)/soju-admin
    mkdir -p -m 0700 "${path%/*}"
  fi
  say "$path"
}

# Tests that make txt and pics fail ask for simulated ones; those that run are the real ones.
env_text() {
  local server=127.0.0.1:$pg_port site=http://127.0.0.1:$public_port sim=http://127.0.0.1:$sim_port
  local txt=http://127.0.0.1:$txt_port pics=http://127.0.0.1:$pics_port
  local txt_asked=http://127.0.0.1:$txt_internal_port pics_asked=http://127.0.0.1:$pics_internal_port
  if is_simulated; then
    txt=$sim/txt pics=$sim/pics txt_asked=$sim/txt pics_asked=$sim/pics
  fi
  cat <<TEXT
# Made by ./run; for the dev flavour, for tests and for \`set -a; . $dir/env\`. Holds secrets.
PORTAL_URL=$site
INTERNAL_URL=http://127.0.0.1:$internal_port
PORTAL_INTERNAL_URL=http://127.0.0.1:$internal_port
TXT_URL=$txt
PICS_URL=$pics
SIM_URL=$sim
DATABASE_URL=postgresql://portal:$portal_password@$server/accounts
ADMIN_DATABASE_URL=postgresql://postgres:$admin_password@$server/postgres
SOJU_DATABASE_URL=postgresql://portal_reader:$reader_password@$server/soju_{bouncer}
PORTAL_ROLE=portal
RUN_DIR=$dir
PUBLIC_URL=$site
PUBLIC_BIND=127.0.0.1:$public_port
INTERNAL_BIND=127.0.0.1:$internal_port
RATE_LIMITS=$rate_limits
CACHE=$cache
SESSION_KEY=$session_key
INTERNAL_SECRET=$internal_secret
OIDC_ISSUER=$sim
OIDC_CLIENT_ID=portal
OIDC_CLIENT_SECRET=$client_secret
TXT_INTERNAL_URL=$txt_asked
PIC_INTERNAL_URL=$pics_asked
KUBERNETES_API_URL=https://127.0.0.1:$sim_tls_port
KUBERNETES_NAMESPACE=irc
KUBERNETES_TOKEN_FILE=$dir/kube-token
KUBERNETES_CA_FILE=$dir/tls/cert.pem
STRIPE_SECRET_KEY=$stripe_key
STRIPE_API_BASE=http://127.0.0.1:$stripe_port
STRIPE_WEBHOOK_SECRET=$stripe_secret
STRIPE_SIM_PORT=$stripe_port
STRIPE_SIM_KEY=$stripe_key
STRIPE_SIM_WEBHOOK_URL=$site/webhooks/stripe
STRIPE_SIM_WEBHOOK_SECRET=$stripe_secret
STRIPE_SIM_STATE=$dir/stripe.json
BOUNCER_PROVISIONER=kubernetes
BOUNCER_HOST={bouncer}.irc.localhost
BOUNCER_IMAGE=registry.example.org/soju:0.10.1
SOJU_DATABASE_ADMIN_URL=postgresql://portal_maker:$maker_password@$server/postgres
SOJU_ADMIN_SOCKET=$(soju_socket)
SOJU_ADMIN_KEY=$soju_key
SOJU_METRICS_URL=http://127.0.0.1:$soju_port/{bouncer}/metrics
SOJU_SIM_PORT=$soju_port
SOJU_SIM_SOCKET=$(soju_socket)
SOJU_SIM_DATABASE_URL=postgresql://postgres:$admin_password@$server/soju_{bouncer}
SOJU_SIM_ROLE=portal_reader
SIM_PORT=$sim_port
SIM_TLS_PORT=$sim_tls_port
SIM_TLS_CERT=$dir/tls/cert.pem
SIM_TLS_KEY=$dir/tls/key.pem
SIM_PIDFILE=$dir/sim.pid
SIM_INTERNAL_SECRET=$internal_secret
SIM_CLIENT_ID=portal
SIM_CLIENT_SECRET=$client_secret
SIM_REDIRECT_URIS='$(at_each /auth/callback)'
SIM_POST_LOGOUT_URIS='$(at_each /)'
SIM_BACKCHANNEL_URI=$site/auth/backchannel
SIM_KUBE_TOKEN=$kube_token
SIM_KUBE_NAMESPACE=irc
CONTENT=$content
TXT_PORT=$txt_port
TXT_INTERNAL_PORT=$txt_internal_port
PICS_PORT=$pics_port
PICS_INTERNAL_PORT=$pics_internal_port
DATABASE_PORT=$pg_port
DATABASE_ADMIN_PASSWORD=$admin_password
DATABASE_PORTAL_PASSWORD=$portal_password
DATABASE_READER_PASSWORD=$reader_password
DATABASE_MAKER_PASSWORD=$maker_password
TEXT
  for name in $samples; do say "ACCOUNT_${name^^}=$name@example.org"; done
}

is_simulated() { [ "$content" = simulated ]; }

# The path at each of our services, for the simulator's provider.
at_each() { say "http://127.0.0.1:$public_port$1 http://127.0.0.1:$txt_port$1 http://127.0.0.1:$pics_port$1"; }

# What txt or pics has of its own, in place of the portal's.
role_env_text() {
  local port=$1_port internal=$1_internal_port
  cat <<TEXT
PORTAL_ROLE=$1
DATABASE_URL=postgresql://portal:$portal_password@127.0.0.1:$pg_port/$1
PUBLIC_URL=http://127.0.0.1:${!port}
PUBLIC_BIND=127.0.0.1:${!port}
INTERNAL_BIND=127.0.0.1:${!internal}
PICS_DIR=$dir/pictures
TEXT
}

write_settings() {
  local name
  mkdir -p "$dir/tls" "$dir/pictures"
  [ -f "$dir/tls/cert.pem" ] || make_certificate
  (
    umask 077
    printf %s "$kube_token" >"$dir/kube-token"
    env_text >"$dir/env.new"
    for name in txt pics; do role_env_text $name >"$dir/env-$name"; done
  ) || die "cannot write $dir/env; is the disk full?"
  mv "$dir/env.new" "$dir/env"
}

# For the simulator's Kubernetes API, which the portal reaches over TLS only.
make_certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj /CN=simulator -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$dir/tls/key.pem" -out "$dir/tls/cert.new" 2>"$dir/log/openssl.log" ||
    die "openssl could not make a certificate; $dir/log/openssl.log says why"
  mv "$dir/tls/cert.new" "$dir/tls/cert.pem"
}

# Puts .run/env into the environment, and what the named service has of its own; only ever in a
# subshell.
load_settings() {
  local from=$dir
  case $dir in /*) ;; *) from=./$dir ;; esac
  trap - ERR
  set -a
  # shellcheck source=/dev/null
  . "$from/env"
  # shellcheck source=/dev/null
  [ ! -f "$from/env-${1:-}" ] || . "$from/env-$1"
  set +a
}

with_settings() (
  load_settings
  exec "$@"
)

# with_settings_of SERVICE COMMAND...
with_settings_of() (
  load_settings "$1"
  shift
  exec "$@"
)
