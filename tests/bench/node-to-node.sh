#!/usr/bin/env bash
# One cold blob to a node when another node has it, verified chunk by chunk, against what one core hashes.
# Usage: node-to-node.sh [ROUNDS=3] [MIB=1024]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
rounds=${1:-3} mib=${2:-1024}

need_java_main
begin
start_registry
start_supernode
start_node first
start_node second
pull() { # NODE DIGEST: prints MB/s
    local size seconds
    read -r size seconds < <(curl -sSf -o /dev/null -w '%{size_download} %{time_total}\n' "$(blob_url "$1" "$2")")
    [[ $size == $((mib * 1048576)) ]] || die "$1 gave $size bytes of $2"
    calc "$size / $seconds / 1000000" 1
    echo
}
rates=''
for ((i = -1; i < rounds; i++)); do
    push_random "$mib"
    pull first "$digest" > /dev/null
    rate=$(pull second "$digest")
    ((i < 0)) || rates+=$rate$'\n' # the first round warms the code
done
hash_rate=$(java_main HashRate)
rate=$(printf '%s' "$rates" | median)
hash_rate=$(calc "$hash_rate / 1000000" 1)
line 'node to node, cold, MB/s (median)' "$rate"
line 'SHA-256 on one core, MB/s' "$hash_rate"
promise 'transfer / hashing' "$(calc "$rate / $hash_rate" 2)" '>=' 0.8
exit "$verdict"
