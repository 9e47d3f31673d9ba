#!/usr/bin/env bash
# From `lighter node` to an answer of /healthz: median, on an empty data directory and again on the same one.
# Usage: start-up.sh [ROUNDS=5]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
rounds=${1:-5}

begin
start_registry
start_supernode
starts='' restarts=''
timed_start() { # NAME COMMAND...: sets $seconds; ends the node again
    local began name=$1
    began=$(now)
    "${@:2}"
    until curl -sf -m 5 -o /dev/null "${url_of[$name]}/healthz"; do
        kill -0 "${pid_of[$name]}" 2> /dev/null || { tail -n 20 "$work/$name.log" >&2; die "$name ended"; }
    done
    seconds=$(since "$began")
    kill "${pid_of[$name]}"
    wait "${pid_of[$name]}" || true # it ends by our signal, which is its status
    unset "pid_of[$name]"
}
for ((i = 0; i < rounds; i++)); do
    timed_start "node$i" launch_node "node$i"
    starts+=$seconds$'\n'
    timed_start "node$i" launch_node "node$i"
    restarts+=$seconds$'\n'
done
line 'first start to ready, s (median)' "$(calc "$(printf '%s' "$starts" | median)" 2)"
line 'start on the same data to ready, s (median)' "$(calc "$(printf '%s' "$restarts" | median)" 2)"
