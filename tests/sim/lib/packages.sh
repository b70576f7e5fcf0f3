# shellcheck shell=bash
# What the machine must have; sourced by ./run and tests/run. Uses $dir, say and die of ./run.

is_root() { [ "$(id -u)" = 0 ]; }

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

as_root() {
  if is_root; then "$@"; else sudo "$@"; fi
}

# Package and the reason for it, a line each.
needed_packages() {
  cat <<'TEXT'
kore the web framework and kodev, its build tool
gcc the C compiler
make the build
dpkg-dev asked for compiler flags by Kore's build
libc6-dev C headers
libssl-dev TLS and hashing
libpq-dev PostgreSQL's client library
libcurl4-openssl-dev calls to outside services
libjansson-dev JSON
libgmp-dev exact fractions of money
libcjose-dev checking signed tokens
libjpeg62-turbo-dev JPEG pictures
libturbojpeg0-dev turning JPEG pictures without loss
libpng-dev PNG pictures
libgif-dev GIF pictures
libwebp-dev WebP pictures, and all previews
postgresql-15 the private database
openssl the simulator's certificate
python3 the simulator of Stripe
TEXT
}

# Debian's package would make and start a cluster of its own; ours is private, so it must not.
without_system_cluster() {
  local conf=/etc/postgresql-common/createcluster.d
  if is_installed postgresql-15; then
    "$@"
    return
  fi
  as_root mkdir -p $conf
  printf 'create_main_cluster = false\n' | as_root tee $conf/portal-run.conf >/dev/null
  local result=0
  "$@" || result=$?
  as_root rm -f $conf/portal-run.conf
  return $result
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# Reads lines "package reason"; installs what is missing, saying what and why. tests/run uses it too.
install_missing() {
  local package reason missing=()
  while read -r package reason; do
    if [ -z "$package" ] || is_installed "$package"; then continue; fi
    [ ${#missing[@]} -gt 0 ] || say 'Missing Debian packages:'
    say "  $package: $reason"
    missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  is_root || command -v sudo >/dev/null ||
    die "cannot install without root or sudo; as root: apt-get install ${missing[*]}"
  is_root || {
    say 'Installing them with sudo, which may ask for your password.'
    sudo -v || die "sudo refused; as root: apt-get install ${missing[*]}"
  }
  { as_root apt-get update -q && without_system_cluster apt_install -q "${missing[@]}"; } \
    </dev/null >"$dir/log/apt.log" 2>&1 || {
    tail -n 5 "$dir/log/apt.log" >&2
    die "apt could not install them; $dir/log/apt.log says why"
  }
}

install_needed() {
  command -v apt-get >/dev/null || die 'this needs Debian 12 with apt-get'
  install_missing < <(needed_packages)
}
