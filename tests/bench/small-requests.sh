#!/usr/bin/env bash
# Small requests, half for a manifest and half for a config, by many connections at once: a node's mirror against the
# docker-registry that it mirrors, both on this machine, alternating runs, medians. ab counts every answer that is not
# 2xx or of another length as failed.
# Usage: small-requests.sh [ROUNDS=3] [REQUESTS=20000] [CONNECTIONS=2000]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
rounds=${1:-3} requests=${2:-20000} connections=${3:-2000}
readonly TYPE=application/vnd.oci.image.manifest.v1+json

push_image() { # sets $config and $manifest, digests
    local file=$work/config.json size place
    printf '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}' > "$file"
    config=sha256:$(sha256sum < "$file" | cut -d' ' -f1) size=$(stat -c %s "$file")
    place=$(curl -sfS -o /dev/null -D - -X POST "${url_of[registry]}/v2/$REPOSITORY/blobs/uploads/" |
        tr -d '\r' | awk 'tolower($1) == "location:" {print $2}')
    curl -sfS -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$file" "$place&digest=$config"
    printf '{"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%s},"layers":[]}' \
        "$TYPE" "$config" "$size" > "$work/manifest.json"
    manifest=sha256:$(sha256sum < "$work/manifest.json" | cut -d' ' -f1)
    curl -sfS -o /dev/null -X PUT -H "Content-Type: $TYPE" --data-binary "@$work/manifest.json" \
        "${url_of[registry]}/v2/$REPOSITORY/manifests/1"
}

one() { # URL OUTPUT: half of the load
    ab -q -k -r -s 60 -n $((requests / 2)) -c $((connections / 2)) -H "Accept: $TYPE" "$1" > "$2" 2>&1 ||
        { cat "$2" >&2; die "ab failed"; }
}

measure() { # SERVER QUERY: sets $rate (requests/s of both halves), $p99 (ms, the worse half), adds to $failed
    local begin=$EPOCHREALTIME half url=${url_of[$1]}/v2/$REPOSITORY jobs=()
    one "$url/manifests/$manifest$2" "$work/ab.manifest" & jobs+=($!)
    one "$url/blobs/$config$2" "$work/ab.config" & jobs+=($!)
    wait "${jobs[@]}"
    rate=$(calc "$requests / $(since "$begin")" 0)
    p99=0
    for half in manifest config; do
        local tail99 wrong
        tail99=$(awk '$1 == "99%" {print $2}' "$work/ab.$half")
        p99=$((tail99 > p99 ? tail99 : p99))
        wrong=$(awk '/^Failed requests:/ {f = $3} /^Non-2xx responses:/ {n = $3} END {print f + n + 0}' "$work/ab.$half")
        failed=$((failed + wrong))
    done
}

begin ab
start_registry
start_supernode
start_node node
push_image
query="?ns=$REGISTRY"
curl -sSf -o /dev/null -H "Accept: $TYPE" "${url_of[node]}/v2/$REPOSITORY/manifests/$manifest$query"
curl -sSf -o /dev/null "${url_of[node]}/v2/$REPOSITORY/blobs/$config$query"

failed=0 mirror_failed=0 mirror_rates='' mirror_p99s='' registry_rates='' registry_p99s=''
for ((i = -1; i < rounds; i++)); do
    measure registry ''
    ((i < 0)) || { registry_rates+=$rate$'\n'; registry_p99s+=$p99$'\n'; }
    failed=0
    measure node "$query"
    ((i < 0)) || { mirror_rates+=$rate$'\n'; mirror_p99s+=$p99$'\n'; mirror_failed=$((mirror_failed + failed)); }
done
mirror_rate=$(printf '%s' "$mirror_rates" | median) registry_rate=$(printf '%s' "$registry_rates" | median)
line 'connections at once' "$connections"
line 'mirror, requests/s' "$mirror_rate"
line 'docker-registry, requests/s' "$registry_rate"
line 'mirror, p99 ms' "$(printf '%s' "$mirror_p99s" | median)"
line 'docker-registry, p99 ms' "$(printf '%s' "$registry_p99s" | median)"
promise 'failed requests of the mirror' "$mirror_failed" '<=' 0
promise 'rate, mirror / docker-registry' "$(calc "$mirror_rate / $registry_rate" 2)" '>=' 0.5
exit "$verdict"
