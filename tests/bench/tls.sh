#!/usr/bin/env bash
# What mTLS costs: the same blob to a node when another node has it, verified and stored, over plain connections and over
# TLS 1.3 with certificates; CPU of supernode and both nodes for each GiB.
# Usage: tls.sh [ROUNDS=3] [MIB=256]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
rounds=${1:-3} mib=${2:-256}

begin
"$lighter" certs "$work/certs" --host localhost,127.0.0.1 > "$work/certs.log"
certified=(--tls-cert "$work/certs/localhost.pem" --tls-key "$work/certs/localhost-key.pem" --tls-ca "$work/certs/ca.pem")
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
plain='' tls=''
for ((i = -1; i < rounds; i++)); do
    push_random "$mib"
    once_plain=$(measure plain)
    once_tls=$(measure tls)
    ((i < 0)) || { plain+=$once_plain$'\n'; tls+=$once_tls$'\n'; } # the first round warms the code
done
plain=$(printf '%s' "$plain" | median)
tls=$(printf '%s' "$tls" | median)
line 'node to node, plain, CPU s/GiB (median)' "$plain"
line 'node to node, mTLS, CPU s/GiB (median)' "$tls"
promise 'mTLS / plain' "$(calc "$tls / $plain" 2)" '<=' 2.0
exit "$verdict"
