# shellcheck shell=bash
# Processes of ./run, known by pid and start time, so that a number used again is never taken for
# one of ours. Uses $dir, $started, say and die of ./run.

# Start time of a process, in ticks since boot; fails for one that is gone or dead.
start_time() {
  local rest
  rest=$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) || return 1
  case $rest in '' | Z* | X*) return 1 ;; esac
  printf '%s\n' "$rest" | cut -d ' ' -f 20
}

remember_process() {
  say "$2 $(start_time "$2")" >"$dir/pids/$1"
}

is_running() {
  local pid start
  read -r pid start 2>/dev/null <"$dir/pids/$1" || return 1
  [ "$(start_time "$pid")" = "$start" ]
}

# The portal gives what is under way 10 s.
wait_until_gone() {
  local tries=0
  while is_running "$1" && [ $((tries += 1)) -le 150 ]; do sleep 0.1; done
  ! is_running "$1"
}

# Each is the leader of its own process group: a second signal reaches workers left behind.
stop_process() {
  local pid
  is_running "$1" || return 0
  read -r pid _ <"$dir/pids/$1"
  if [ "$1" = postgres ]; then
    pg_ctl stop -m fast -t 30 >/dev/null 2>&1 || true
  else
    kill -TERM "$pid" 2>/dev/null || true
    wait_until_gone "$1" || kill -KILL -- "-$pid" 2>/dev/null || true
  fi
  wait_until_gone "$1" || say "run: $1 (process $pid) does not end" >&2
  rm -f "$dir/pids/$1"
}

# start_process NAME PORT PATH COMMAND...: runs until PATH answers 200.
start_process() {
  local name=$1 port=$2 path=$3 tries=0
  shift 3
  {
    load_settings "$name"
    exec setsid "$@"
  } </dev/null >>"$dir/log/$name.log" 2>&1 9>&- &
  remember_process "$name" $!
  started+=("$name")
  until answers "$port" "$path"; do
    if ! is_running "$name" || [ $((tries += 1)) -gt 150 ]; then
      tail -n 5 "$dir/log/$name.log" >&2
      die "the $name did not start; $dir/log/$name.log says why"
    fi
    sleep 0.1
  done
}

answers() (
  exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&3
  read -r -t 2 _ status _ <&3
  [ "$status" = 200 ]
) 2>/dev/null
