#!/usr/bin/env bash
# What mTLS costs: the same blob to a node when another node has it, verified and stored, over plain connections and
# over TLS 1.3 with certificates; CPU of supernode and both nodes for each GiB.
# The first rounds, in which the JVMs still compile, count apart.
# Usage: tls.sh [ROUNDS=5] [MIB=256] [FIRST=3]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
rounds=${1:-5} mib=${2:-256} first=${3:-3}

begin
"$lighter" certs "$work/certs" --host localhost,127.0.0.1 > "$work/certs.log"
certs=$work/certs
certified=(--tls-cert "$certs/localhost.pem" --tls-key "$certs/localhost-key.pem" --tls-ca "$certs/ca.pem")
start_registry

start_datacenter() { # NAME SCHEME FLAG...: a supernode and two nodes of that name
    local name=$1 scheme=$2 http node
    shift 2
    pick_port; http=$port
    pick_port
    run "$name-supernode" "$lighter" supernode --data "$work/$name-supernode" --http "127.0.0.1:$http" \
        --exchange "127.0.0.1:$port" --advertise 127.0.0.1 --upstream "$REGISTRY=${url_of[registry]}" "$@"
    for node in first second; do
        pick_port; url_of[$name-$node]=http://127.0.0.1:$port
        pick_port
        run "$name-$node" "$lighter" node --data "$work/$name-$node" --supernode "$scheme://127.0.0.1:$http" \
            --mirror "${url_of[$name-$node]#http://}" --exchange "127.0.0.1:$port" --advertise 127.0.0.1 "$@"
        await_ready "$name-$node" "${url_of[$name-$node]}/healthz"
    done
}

pull() { # NODE: the blob of $digest
    local size
    size=$(curl -sSf -o /dev/null -w '%{size_download}' "$(blob_url "$1" "$digest")")
    [[ $size == $((mib * 1048576)) ]] || die "$1 gave $size bytes of $digest"
}

measure() { # NAME: prints CPU seconds a GiB of a pull by the second node
    local pids=("${pid_of[$1-supernode]}" "${pid_of[$1-first]}" "${pid_of[$1-second]}") before
    pull "$1-first"
    before=$(cpu_seconds "${pids[@]}")
    pull "$1-second"
    calc "($(cpu_seconds "${pids[@]}") - $before) * 1024 / $mib"
    echo
}

start_datacenter plain http
start_datacenter tls https "${certified[@]}"
declare -A costs=()
for ((i = 1; i <= first + rounds; i++)); do
    part=$((i <= first))
    push_random "$mib"
    for name in plain tls; do costs[$name-$part]+=$(measure "$name")$'\n'; done
done
of() { printf '%s' "${costs[$1]}" | median; } # NAME-PART
line "node to node, plain, CPU s/GiB (first $first, later)" "$(of plain-1), $(of plain-0)"
line "node to node, mTLS, CPU s/GiB (first $first, later)" "$(of tls-1), $(of tls-0)"
line 'peak of a node with mTLS, MiB resident' "$(peak_rss_mib "${pid_of[tls-second]}")"
line "mTLS / plain (first $first)" "$(calc "$(of tls-1) / $(of plain-1)" 2)"
promise 'mTLS / plain' "$(calc "$(of tls-0) / $(of plain-0)" 2)" '<=' 2.0
exit "$verdict"
