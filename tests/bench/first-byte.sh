#!/usr/bin/env bash
# Time to the first byte of a cold large blob against that of a cold small one, through the mirror, unshaped.
# Usage: first-byte.sh [ROUNDS=3] [LARGE_MIB=1024] [SMALL_MIB=1]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
rounds=${1:-3} large=${2:-1024} small=${3:-1}

# Includes the start of curl, the same for both. Headers do not count: the byte is one of the body.
first_byte() { # DIGEST: sets $seconds
    local began
    began=$(now)
    [[ $({ curl -sSN "$(blob_url node "$1")" 2> /dev/null || true; } | head -c 1 | wc -c) == 1 ]] || die "no byte of $1 came"
    seconds=$(since "$began")
}

begin
start_registry
start_supernode
start_node node
push_random "$small"
first_byte "$digest" # connections and code are warm from here on, the blobs are not
large_times='' small_times=''
for ((i = 0; i < rounds; i++)); do
    push_random "$small"
    first_byte "$digest"
    small_times+=$seconds$'\n'
    push_random "$large"
    first_byte "$digest"
    large_times+=$seconds$'\n'
    # What is still arriving must not slow the next round: let the blob become complete.
    curl -sSf -o /dev/null "$(blob_url node "$digest")"
done
small_median=$(printf '%s' "$small_times" | median) large_median=$(printf '%s' "$large_times" | median)
line "first byte of a cold blob of $small MiB, ms (median)" "$(calc "$small_median * 1000" 1)"
line "first byte of a cold blob of $large MiB, ms (median)" "$(calc "$large_median * 1000" 1)"
promise 'large / small' "$(calc "$large_median / $small_median" 2)" '<=' 3
exit "$verdict"
