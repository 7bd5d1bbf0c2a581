# shellcheck shell=bash
# Runs one program and ends it when standard input reaches its end, which is when the process that
# holds the other end of the pipe closes it or dies, however it dies.
# Arguments: signal that ends the program, seconds of patience, log file, folder to remove at the end,
# file to lock while the program lives (both may be empty words), then the program and its arguments.
signal=$1 patience=$2 log=$3 folder=$4 lock=$5
shift 5
exec 3<&0 5>&1 </dev/null >>"$log" 2>&1

if [[ -n $lock ]]; then
  exec 4>"$lock" # the program inherits it: the lock is held until the last of us is gone
  flock --wait "$patience" 4 || { echo "another process uses $lock" >&5; exit 75; }
fi

set -m # the program gets a process group of its own
"$@" </dev/null 3<&- 5>&- &
program=$!
set +m # nothing after this may take the terminal
exec 2>/dev/null

trap 'kill -s "$signal" -- "-$program"' TERM INT HUP

(
  trap - TERM INT HUP
  exec 5>&-
  while read -r _ <&3; do :; done
  kill -s "$signal" "$program"
  for ((tenth = 0; tenth < patience * 10; tenth++)); do
    kill -0 "$program" || exit 0
    sleep 0.1
  done
  kill -s KILL -- "-$program"
) &
watcher=$!

status=0
while :; do
  wait "$program"
  status=$?
  kill -0 "$program" || break # else a signal to this guard interrupted the wait
done

kill -s KILL "$watcher"
kill -s KILL -- "-$program" # whatever the program started and left behind
((status == 0)) || tail -c 2000 "$log" >&5 # its last words, which the parent may want
[[ -z $folder ]] || rm -rf -- "$folder"
exit "$status"
