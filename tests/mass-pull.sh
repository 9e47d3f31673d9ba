#!/usr/bin/env bash
# A mass pull on one machine: N hosts, a supernode and an upstream registry, each in a network namespace of its own
# behind a shaped link, all joined by one switch. Every host pulls the same image at the same instant.
#
#   upstream (docker-registry) --200-- [switch] --100-- supernode
#                                       | | |
#                                  100 each way: host 1 .. host N, each with a node and its mirror
#
# Needs root, iproute2, curl, docker-registry. Leaves nothing behind, whatever ends it.
#
# Links are shaped with tc tbf at both ends of each veth, so each direction has its own rate:
#   burst  the bytes that may leave at once: what the rate makes in 4 ms, at least 64 KiB, so that a TCP
#          segmentation-offload packet (up to 64 KiB) passes whole and timer granularity costs no rate;
#   limit  the queue: 50 ms at the rate on top of the burst. Less drops whole windows when several senders meet at one
#          link, more only adds delay.
set -euo pipefail

readonly SUBNET=10.77
readonly UPSTREAM=$SUBNET.0.2 SUPERNODE=$SUBNET.0.3
readonly REGISTRY=registry.test REPOSITORY=mass/image WARM_REPOSITORY=mass/warm TAG=1
readonly REGISTRY_PORT=5000 HTTP_PORT=8100 SUPERNODE_EXCHANGE_PORT=8101 MIRROR_PORT=8102 EXCHANGE_PORT=8103
readonly MANIFEST_TYPE=application/vnd.oci.image.manifest.v1+json
readonly READY_SECONDS=120 KILL_SECONDS=10

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
hosts=16 host_mbit=100 upstream_mbit=200 supernode_mbit=100 mib=128 layers=4 parallel=4 mode=lighter
warm=128 out='' tmpfs=no lighter=$root/lighter keep_logs=yes pull_seconds=600
last_limit='' upstream_limit='' supernode_limit=''

usage() {
    cat <<'USAGE'
Usage: mass-pull.sh [options]     (as root)
  --mode lighter|direct     through each host's mirror, or all from the registry       lighter
  --hosts N                 hosts that pull                                            16
  --host-mbit N             each host's link, each way                                 100
  --upstream-mbit N         the registry's link, each way                              200
  --supernode-mbit N        the supernode's link, each way                             100
  --mib N                   size of the image in MiB                                   128
  --layers N                layers of the image, of equal size, random bytes           4
  --parallel N              layers that a host pulls at a time                         4
  --warm N                  MiB of another image that all hosts pull first, off the      128
                            clock: daemons are long-lived; 0 measures processes that
                            have just started and have nothing compiled yet
  --tmpfs                   keep all data in memory: the disk is not what is measured
  --out DIR                 write report.json, logs and metrics there
  --lighter FILE            the launcher                                               ./lighter of this checkout
  --max-last X              fail if the last host takes more than X times the bound
  --max-upstream X          fail if upstream sends more than X times the image (payload)
  --max-supernode X         fail if the supernode sends more than X times the image (bytes on its link)
  --pull-seconds N          deadline of the whole pull                                 600
USAGE
}

die() { echo "mass-pull: $*" >&2; exit 1; }
bad_usage() { echo "mass-pull: $*" >&2; usage >&2; exit 2; }

while (($#)); do
    case $1 in
        --mode|--hosts|--host-mbit|--upstream-mbit|--supernode-mbit|--mib|--layers|--parallel|--warm|--out|--lighter|\
        --max-last|--max-upstream|--max-supernode|--pull-seconds)
            (($# > 1)) || bad_usage "$1 needs a value" ;;&
        --mode) mode=$2; shift 2 ;;
        --hosts) hosts=$2; shift 2 ;;
        --host-mbit) host_mbit=$2; shift 2 ;;
        --upstream-mbit) upstream_mbit=$2; shift 2 ;;
        --supernode-mbit) supernode_mbit=$2; shift 2 ;;
        --mib) mib=$2; shift 2 ;;
        --layers) layers=$2; shift 2 ;;
        --parallel) parallel=$2; shift 2 ;;
        --warm) warm=$2; shift 2 ;;
        --tmpfs) tmpfs=yes; shift ;;
        --out) out=$2; shift 2 ;;
        --lighter) lighter=$2; shift 2 ;;
        --max-last) last_limit=$2; shift 2 ;;
        --max-upstream) upstream_limit=$2; shift 2 ;;
        --max-supernode) supernode_limit=$2; shift 2 ;;
        --pull-seconds) pull_seconds=$2; shift 2 ;;
        -h|--help) usage; exit 0 ;;
        *) bad_usage "unknown option $1" ;;
    esac
done

for option in hosts host_mbit upstream_mbit supernode_mbit mib layers parallel pull_seconds; do
    [[ ${!option} =~ ^[1-9][0-9]{0,6}$ ]] || bad_usage "--${option//_/-} must be a whole number from 1, not '${!option}'"
done
[[ $warm =~ ^[0-9]{1,5}$ ]] || bad_usage "--warm must be a whole number from 0, not '$warm'"
for option in last_limit upstream_limit supernode_limit; do
    [[ -z ${!option} || ${!option} =~ ^[0-9]+(\.[0-9]+)?$ ]] || bad_usage "a limit must be a number, not '${!option}'"
done
[[ $mode == lighter || $mode == direct ]] || bad_usage "--mode must be lighter or direct, not '$mode'"
((hosts <= 200)) || bad_usage "--hosts can be at most 200"
((mib % layers == 0)) || bad_usage "--mib must be a multiple of --layers"
((EUID == 0)) || die "needs root, for network namespaces"
for tool in ip tc curl docker-registry sha256sum awk; do
    command -v "$tool" > /dev/null || die "needs $tool"
done
[[ $mode == direct || -x $lighter ]] || die "no launcher at $lighter"
if [[ -n $out ]]; then
    mkdir -p "$out"
    out=$(cd "$out" && pwd)
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/lighterage-mass-pull.XXXXXX")
tag=lg$$
declare -a namespaces=() pids=() names=() upstream_pid=()

cleanup() {
    local status=$?
    trap - EXIT
    trap '' INT TERM
    set +e
    # Only what runs in our own namespaces, and our own background jobs.
    local namespace
    for namespace in "${namespaces[@]}"; do
        ip netns pids "$namespace" 2> /dev/null | xargs -r kill 2> /dev/null
    done
    kill $(jobs -p) 2> /dev/null
    local deadline=$((SECONDS + KILL_SECONDS))
    while ((SECONDS < deadline)) && [[ -n $(jobs -pr) ]]; do sleep 0.1; done
    for namespace in "${namespaces[@]}"; do
        ip netns pids "$namespace" 2> /dev/null | xargs -r kill -9 2> /dev/null
    done
    kill -9 $(jobs -p) 2> /dev/null
    wait 2> /dev/null
    if [[ -n $out && -d $work/log ]]; then cp -r "$work/log" "$out/"; fi
    for namespace in "${namespaces[@]}"; do ip netns del "$namespace" 2> /dev/null; done
    if [[ $tmpfs == yes ]]; then umount "$work" 2> /dev/null; fi
    rm -rf "$work"
    exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

[[ $tmpfs == no ]] || mount -t tmpfs -o mode=700 lighterage-mass-pull "$work"
mkdir "$work/log" "$work/image" "$work/pull"

# --- the network ---

add_namespace() { # NAME
    ip netns add "$tag-$1"
    namespaces+=("$tag-$1")
    ip -n "$tag-$1" link set lo up
    # Every packet of every host costs this one machine's CPU: let TCP build larger ones, as a network card would.
    ip netns exec "$tag-$1" sysctl -qw net.ipv4.tcp_congestion_control=reno net.ipv4.tcp_min_tso_segs=16
}

shape() { # NAMESPACE DEVICE MBIT
    local bytes_a_second=$(($3 * 125000)) burst
    burst=$((bytes_a_second / 250))
    ((burst >= 65536)) || burst=65536
    tc -n "$1" qdisc add dev "$2" root tbf rate "$3mbit" burst "$burst" limit $((burst + bytes_a_second / 20))
}

join_switch() { # NAME ADDRESS MBIT
    add_namespace "$1"
    ip -n "$tag-switch" link add "$1" type veth peer name eth0 netns "$tag-$1"
    ip -n "$tag-switch" link set "$1" master br0 up
    ip -n "$tag-$1" addr add "$2/16" dev eth0
    ip -n "$tag-$1" link set eth0 up
    shape "$tag-$1" eth0 "$3"
    shape "$tag-switch" "$1" "$3"
}

inside() { # NAME COMMAND...
    local namespace=$tag-$1
    shift
    ip netns exec "$namespace" "$@"
}

host_address() { echo "$SUBNET.1.$1"; }

add_namespace switch
ip -n "$tag-switch" link add br0 type bridge
ip -n "$tag-switch" link set br0 up
join_switch upstream "$UPSTREAM" "$upstream_mbit"
join_switch supernode "$SUPERNODE" "$supernode_mbit"
for ((i = 1; i <= hosts; i++)); do join_switch "host$i" "$(host_address "$i")" "$host_mbit"; done

# --- processes ---

start() { # NAME NAMESPACE COMMAND...: runs in the background, its output in the log directory
    local name=$1 namespace=$2
    shift 2
    ip netns exec "$tag-$namespace" "$@" > "$work/log/$name.log" 2>&1 < /dev/null &
    pids+=($!)
    names+=("$name")
}

await_url() { # NAME NAMESPACE PID URL
    local deadline=$((SECONDS + READY_SECONDS))
    until inside "$2" curl -sf -m 5 -o /dev/null "$4"; do
        kill -0 "$3" 2> /dev/null || { tail -n 20 "$work/log/$1.log" >&2; die "$1 ended before it was ready"; }
        ((SECONDS < deadline)) || { tail -n 20 "$work/log/$1.log" >&2; die "$1 was not ready in $READY_SECONDS s"; }
        sleep 0.2
    done
}

mkdir "$work/registry"
cat > "$work/registry.yml" <<CONFIG
version: 0.1
log: {level: error, accesslog: {disabled: false}}
storage: {filesystem: {rootdirectory: $work/registry}}
http: {addr: "0.0.0.0:$REGISTRY_PORT"}
CONFIG
start upstream upstream docker-registry serve "$work/registry.yml"
upstream_pid=${pids[0]}
await_url upstream upstream "$upstream_pid" "http://127.0.0.1:$REGISTRY_PORT/v2/"

push_blob() { # REPOSITORY FILE: prints its digest; over the registry's own loopback, so that no shaped link sees it
    local digest location
    digest=sha256:$(sha256sum < "$2" | cut -d' ' -f1)
    location=$(inside upstream curl -sfS -o /dev/null -D - -X POST \
        "http://127.0.0.1:$REGISTRY_PORT/v2/$1/blobs/uploads/" | tr -d '\r' | awk 'tolower($1) == "location:" {print $2}')
    inside upstream curl -sfS -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' -T "$2" "$location&digest=$digest"
    echo "$digest"
}

declare -a layer_digests=()
push_image() { # REPOSITORY LAYER_BYTES DIRECTORY: leaves the manifest there and the layers' names in layer_digests
    local repository=$1 bytes=$2 directory=$3 digest config list='' i
    layer_digests=()
    for ((i = 1; i <= layers; i++)); do
        head -c "$bytes" /dev/urandom > "$directory/layer"
        digest=$(push_blob "$repository" "$directory/layer")
        layer_digests+=("$digest")
        list+="${list:+,}{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"$digest\",\"size\":$bytes}"
    done
    rm "$directory/layer"
    printf '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}' > "$directory/config"
    config=$(push_blob "$repository" "$directory/config")
    printf '{"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%s},"layers":[%s]}' \
        "$MANIFEST_TYPE" "$config" "$(stat -c %s "$directory/config")" "$list" > "$directory/manifest"
    inside upstream curl -sfS -o /dev/null -X PUT -H "Content-Type: $MANIFEST_TYPE" -T "$directory/manifest" \
        "http://127.0.0.1:$REGISTRY_PORT/v2/$repository/manifests/$TAG"
}

echo "mass-pull: making an image of $layers layers, $mib MiB together" >&2
if ((warm > 0)); then push_image "$WARM_REPOSITORY" $((warm * 1048576 / layers)) "$work/image"; fi
push_image "$REPOSITORY" $((mib * 1048576 / layers)) "$work/image"

if [[ $mode == lighter ]]; then
    # The first start of the launcher may build; do that once, before twenty processes try.
    "$lighter" --version > "$work/log/launcher.log" 2>&1 || { cat "$work/log/launcher.log" >&2; die "$lighter does not run"; }
    echo "mass-pull: starting a supernode and $hosts nodes" >&2
    start supernode supernode "$lighter" supernode --data "$work/supernode" --http "$SUPERNODE:$HTTP_PORT" \
        --exchange "$SUPERNODE:$SUPERNODE_EXCHANGE_PORT" --advertise "$SUPERNODE" \
        --upstream "$REGISTRY=http://$UPSTREAM:$REGISTRY_PORT"
    await_url supernode supernode "${pids[1]}" "http://$SUPERNODE:$HTTP_PORT/healthz"
    for ((i = 1; i <= hosts; i++)); do
        start "host$i" "host$i" "$lighter" node --data "$work/node$i" --supernode "http://$SUPERNODE:$HTTP_PORT" \
            --mirror "127.0.0.1:$MIRROR_PORT" --exchange "$(host_address "$i"):$EXCHANGE_PORT" \
            --advertise "$(host_address "$i")"
    done
    for ((i = 1; i <= hosts; i++)); do
        await_url "host$i" "host$i" "${pids[i + 1]}" "http://127.0.0.1:$MIRROR_PORT/healthz"
    done
fi

# --- what is measured ---

sent_bytes() { inside "$1" cat /sys/class/net/eth0/statistics/tx_bytes; }

cpu_seconds() { # PID: user and system time so far, its threads included
    awk -v hz="$(getconf CLK_TCK)" '{sub(/^.*\) /, ""); print ($12 + $13) / hz}' "/proc/$1/stat"
}

peak_rss_mib() { awk '/^VmHWM/ {print $2 / 1024}' "/proc/$1/status"; }

payload_sent() { # bytes of answers to blob reads in the registry's access log; its own loopback did none
    awk -v image="/v2/$REPOSITORY/blobs/" '$6 == "\"GET" && index($7, image) == 1 {sum += $10} END {printf "%.0f", sum}' "$work/log/upstream.log"
}

if [[ $mode == lighter ]]; then base=http://127.0.0.1:$MIRROR_PORT query="?ns=$REGISTRY"; else base=http://$UPSTREAM:$REGISTRY_PORT query=''; fi

# Runs in a host's namespace: waits for the instant, reads the manifest, then its layers, a few at a time.
# Writes lines "NAME START STATUS FIRST_BYTE TOTAL BYTES", seconds as wall clock and since START.
cat > "$work/pull-image" <<'PULL'
set -uo pipefail
dir=$1 url=$2 query=$3 start=$4 parallel=$5 repository=$6 tag=$7 type=$8 deadline=$9
export url query dir repository
wait_for() { local left; left=$(awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN {d = a - b; print (d > 0 ? d : 0)}'); sleep "$left"; }
fetch() { # NAME PATH
    local began=$EPOCHREALTIME
    curl -sS -m "$deadline" ${type:+-H "Accept: $type"} -o "$dir/$1" \
        -w "$1 $began %{http_code} %{time_starttransfer} %{time_total} %{size_download}\n" \
        "$url/v2/$repository/$2$query" >> "$dir/times"
}
wait_for
fetch manifest "manifests/$tag" || exit 1
type=''
mapfile -t layers < <(grep -o '"layers":.*' "$dir/manifest" | grep -o 'sha256:[0-9a-f]\{64\}')
running=0 failed=0
for layer in "${layers[@]}"; do
    if ((running >= parallel)); then wait -n || failed=1; running=$((running - 1)); fi
    fetch "$layer" "blobs/$layer" &
    running=$((running + 1))
done
while ((running > 0)); do wait -n || failed=1; running=$((running - 1)); done
echo "$EPOCHREALTIME" > "$dir/end"
exit "$failed"
PULL

declare -a pullers=()
begin_pull() { # REPOSITORY DIRECTORY: every host will pull at the instant start_at
    local i
    start_at=$(awk -v now="$EPOCHREALTIME" -v hosts="$hosts" 'BEGIN {printf "%.6f", now + 2 + hosts / 16}')
    pullers=()
    for ((i = 1; i <= hosts; i++)); do
        mkdir "$work/$2/$i"
        ip netns exec "$tag-host$i" bash "$work/pull-image" "$work/$2/$i" "$base" "$query" "$start_at" "$parallel" \
            "$1" "$TAG" "$MANIFEST_TYPE" "$pull_seconds" > "$work/log/$2$i.log" 2>&1 &
        pullers+=($!)
    done
}

failed=0
end_pull() { # DIRECTORY
    local i
    for i in "${!pullers[@]}"; do
        wait "${pullers[i]}" || { failed=1; echo "mass-pull: host $((i + 1)) failed:" >&2; tail -n 5 "$work/log/$1$((i + 1)).log" >&2; }
    done
}

if ((warm > 0)) && [[ $mode == lighter ]]; then
    echo "mass-pull: $hosts hosts warm up" >&2
    mkdir "$work/warm"
    begin_pull "$WARM_REPOSITORY" warm
    end_pull warm
    rm -rf "$work/warm"
fi

begin_pull "$REPOSITORY" pull
declare -a cpu_before=()
for pid in "${pids[@]}"; do cpu_before+=("$(cpu_seconds "$pid")"); done
upstream_before=$(sent_bytes upstream) supernode_before=$(sent_bytes supernode)

echo "mass-pull: $hosts hosts pull" >&2
end_pull pull
upstream_link=$(($(sent_bytes upstream) - upstream_before))
supernode_link=$(($(sent_bytes supernode) - supernode_before))
processes=''
for i in "${!pids[@]}"; do
    [[ -r /proc/${pids[i]}/stat ]] || die "${names[i]} died during the pull: $(tail -n 3 "$work/log/${names[i]}.log")"
    processes+="${names[i]} $(awk -v a="$(cpu_seconds "${pids[i]}")" -v b="${cpu_before[i]}" 'BEGIN {print a - b}') $(peak_rss_mib "${pids[i]}")"$'\n'
done
upstream_payload=$(payload_sent)
if [[ $mode == lighter && -n $out ]]; then
    inside supernode curl -s -m 10 "http://$SUPERNODE:$HTTP_PORT/metrics" > "$out/metrics-supernode.txt" || true
    inside host1 curl -s -m 10 "http://127.0.0.1:$MIRROR_PORT/metrics" > "$out/metrics-host1.txt" || true
fi

# --- off the clock: is it right? ---

for ((i = 1; i <= hosts; i++)); do
    cmp -s "$work/image/manifest" "$work/pull/$i/manifest" || { failed=1; echo "mass-pull: host $i got another manifest" >&2; }
    for digest in "${layer_digests[@]}"; do
        [[ -f $work/pull/$i/$digest && sha256:$(sha256sum < "$work/pull/$i/$digest" | cut -d' ' -f1) == "$digest" ]] ||
            { failed=1; echo "mass-pull: host $i has not the bytes of $digest" >&2; }
        rm -f "$work/pull/$i/$digest"
    done
done

# --- the report ---

host_times='' # "HOST FIRST_BYTE END", seconds since the instant; the first byte is that of the first layer
for ((i = 1; i <= hosts; i++)); do
    [[ -f $work/pull/$i/end ]] || continue
    host_times+=$(awk -v host="$i" -v start="$start_at" -v finish="$(< "$work/pull/$i/end")" '
        $1 != "manifest" {t = $2 - start + $4; if (first == "" || t < first) first = t}
        END {printf "%d %.3f %.3f", host, first, finish - start}' "$work/pull/$i/times")$'\n'
done

report=$(
    {
        printf '%s' "$host_times" | sort -k3 -n | sed 's/^/host /'
        printf '%s' "$processes" | sed 's/^/process /'
    } | awk -v mode="$mode" -v hosts="$hosts" -v mib="$mib" -v layers="$layers" -v parallel="$parallel" -v warm="$warm" -v tmpfs="$tmpfs" \
        -v host_mbit="$host_mbit" -v upstream_mbit="$upstream_mbit" -v supernode_mbit="$supernode_mbit" \
        -v upstream_link="$upstream_link" -v upstream_payload="$upstream_payload" -v supernode_link="$supernode_link" \
        -v failed="$failed" '
        $1 == "host" {n++; id[n] = $2; first[n] = $3; end[n] = $4; if ($3 > first_max) first_max = $3}
        $1 == "process" {m++; name[m] = $2; cpu[m] = $3; rss[m] = $4}
        function at(p,  i) {i = int(p * n); if (i < p * n) i++; return n ? end[i < 1 ? 1 : i] : 0}
        END {
            image = mib * 1048576; bound = image * 8 / (host_mbit * 1e6)
            printf "{\n  \"benchmark\": \"mass-pull\", \"mode\": \"%s\", \"ok\": %s,\n", mode, failed ? "false" : "true"
            printf "  \"hosts\": %d, \"hostMbit\": %d, \"upstreamMbit\": %d, \"supernodeMbit\": %d,\n", hosts, host_mbit, upstream_mbit, supernode_mbit
            printf "  \"imageBytes\": %d, \"layers\": %d, \"parallel\": %d, \"warmMib\": %d, \"tmpfs\": %s,\n", image, layers, parallel, warm, tmpfs == "yes" ? "true" : "false"
            printf "  \"boundSeconds\": %.3f,\n", bound
            printf "  \"p50\": %.3f, \"p90\": %.3f, \"last\": %.3f,\n", at(0.5) / bound, at(0.9) / bound, at(1) / bound
            printf "  \"firstByteSecondsLast\": %.3f,\n", first_max
            printf "  \"upstreamPayload\": %.4f, \"upstreamLink\": %.4f, \"supernodeLink\": %.4f,\n", upstream_payload / image, upstream_link / image, supernode_link / image
            printf "  \"perHost\": ["
            for (i = 1; i <= n; i++) printf "%s\n    {\"host\": %d, \"firstByteSeconds\": %.3f, \"endSeconds\": %.3f}", (i > 1 ? "," : ""), id[i], first[i], end[i]
            printf "\n  ],\n  \"processes\": ["
            for (i = 1; i <= m; i++) printf "%s\n    {\"name\": \"%s\", \"cpuSeconds\": %.2f, \"peakRssMib\": %.1f}", (i > 1 ? "," : ""), name[i], cpu[i], rss[i]
            printf "\n  ]\n}\n"
        }'
)
[[ -z $out ]] || printf '%s\n' "$report" > "$out/report.json"

field() { printf '%s' "$report" | grep -o "\"$1\": [0-9.]*" | head -n 1 | cut -d' ' -f2; }
{
    echo "mass pull, $mode: $hosts hosts of $host_mbit Mbit/s, upstream $upstream_mbit, supernode $supernode_mbit; $layers layers, $mib MiB together, after $warm MiB to warm up"
    printf '%-34s %8s\n' "bound (image over a host's link), s" "$(field boundSeconds)" \
        'median host / bound' "$(field p50)" 'p90 / bound' "$(field p90)" 'last host / bound' "$(field last)" \
        'latest first byte of a layer, s' "$(field firstByteSecondsLast)" \
        'upstream sent / image, payload' "$(field upstreamPayload)" 'upstream sent / image, on its link' "$(field upstreamLink)" \
        'supernode sent / image, on its link' "$(field supernodeLink)"
    printf '%s' "$processes" | awk '
        {kind = $1 ~ /^host/ ? "node (worst of all)" : $1; if (!(kind in seen)) {seen[kind] = 1; order[++n] = kind}
         if ($2 > cpu[kind]) cpu[kind] = $2; if ($3 > rss[kind]) rss[kind] = $3; total += $2}
        END {for (i = 1; i <= n; i++) printf "%-34s %8.2f CPU s, %6.1f MiB peak\n", order[i], cpu[order[i]], rss[order[i]]
             printf "%-34s %8.2f CPU s\n", "all processes", total}'
} 

exceeds() { awk -v a="$1" -v b="$2" 'BEGIN {exit !(a > b)}'; }
if [[ -n $last_limit ]] && exceeds "$(field last)" "$last_limit"; then failed=1; echo "mass-pull: the last host took more than $last_limit x the bound" >&2; fi
if [[ -n $upstream_limit ]] && exceeds "$(field upstreamPayload)" "$upstream_limit"; then failed=1; echo "mass-pull: upstream sent more than $upstream_limit x the image" >&2; fi
if [[ -n $supernode_limit ]] && exceeds "$(field supernodeLink)" "$supernode_limit"; then failed=1; echo "mass-pull: the supernode sent more than $supernode_limit x the image" >&2; fi
exit "$failed"
