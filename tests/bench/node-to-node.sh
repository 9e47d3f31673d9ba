#!/usr/bin/env bash
# One cold blob to a node when another node has it, verified chunk by chunk, against what one core hashes: on this machine
# as it is, and with the processor's SHA instructions left unused by nodes and measurement alike. What is promised is the
# latter, for only there hashing is what bounds a transfer; with the instructions two copies in the kernel cost more.
# Usage: node-to-node.sh [ROUNDS=3] [MIB=512]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
rounds=${1:-3} mib=${2:-512}
readonly WITHOUT_SHA='-XX:+UnlockDiagnosticVMOptions -XX:-UseSHA256Intrinsics'

need_java_main
begin
start_registry
start_supernode
pull() { # NODE DIGEST: prints MB/s
    local size seconds
    read -r size seconds < <(curl -sSf -o /dev/null -w '%{size_download} %{time_total}\n' "$(blob_url "$1" "$2")")
    [[ $size == $((mib * 1048576)) ]] || die "$1 gave $size bytes of $2"
    calc "$size / $seconds / 1000000" 1
    echo
}
measure() { # NAME JAVA_OPTIONS: sets $rate and $hash_rate, MB/s
    local i rates=''
    LIGHTER_JAVA_OPTS=$2 start_node "first-$1"
    LIGHTER_JAVA_OPTS=$2 start_node "second-$1"
    for ((i = -1; i < rounds; i++)); do
        push_random "$mib"
        pull "first-$1" "$digest" > /dev/null
        rate=$(pull "second-$1" "$digest")
        ((i < 0)) || rates+=$rate$'\n' # the first round warms the code
    done
    kill "${pid_of["first-$1"]}" "${pid_of["second-$1"]}"
    wait "${pid_of["first-$1"]}" "${pid_of["second-$1"]}" || true
    unset "pid_of[first-$1]" "pid_of[second-$1]"
    rate=$(printf '%s' "$rates" | median)
    hash_rate=$(calc "$(JDK_JAVA_OPTIONS=$2 java_main HashRate 2> "$work/hash.log") / 1000000" 1) || { cat "$work/hash.log" >&2; die 'no hash rate'; }
}
measure as-it-is ''
line 'node to node, cold, MB/s (median)' "$rate"
line 'SHA-256 on one core, MB/s' "$hash_rate"
line 'transfer / hashing' "$(calc "$rate / $hash_rate" 2)"
measure plain "$WITHOUT_SHA"
line 'without SHA instructions: node to node, MB/s (median)' "$rate"
line 'without SHA instructions: SHA-256 on one core, MB/s' "$hash_rate"
promise 'without SHA instructions: transfer / hashing' "$(calc "$rate / $hash_rate" 2)" '>=' 0.8
exit "$verdict"
