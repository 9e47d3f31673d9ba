# Shared by the benchmarks of this directory, which source it: processes on the loopback, random blobs, and numbers.
# Everything lives in one temporary directory and ends with the script, whatever ends it.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
lighter=${LIGHTER:-$root/lighter}
readonly REGISTRY=registry.test REPOSITORY=bench/blobs
readonly READY_SECONDS=60 END_SECONDS=10
declare -A pid_of=() url_of=() exchange_of=()
mounted=()
host=127.0.0.1 # where a supernode is
work=''

die() { echo "${0##*/}: $*" >&2; exit 1; }

finish() {
    local status=$? name deadline directory
    trap - EXIT
    trap '' INT TERM
    set +e
    for directory in "${mounted[@]}"; do # before the nodes end, so that they end their file system too
        umount -q "$directory" || umount -l -q "$directory"
    done
    for name in "${!pid_of[@]}"; do kill "${pid_of[$name]}" 2> /dev/null; done
    deadline=$((SECONDS + END_SECONDS))
    while ((SECONDS < deadline)) && [[ -n $(jobs -pr) ]]; do sleep 0.1; done
    for name in "${!pid_of[@]}"; do kill -9 "${pid_of[$name]}" 2> /dev/null; done
    wait 2> /dev/null
    if ((status != 0)) && [[ -n ${KEEP_LOGS:-} ]]; then cp "$work"/*.log "$KEEP_LOGS/"; fi
    rm -rf --one-file-system "$work"
    exit "$status"
}

begin() { # TOOL...: checks what the script needs, makes its directory and promises to clean up
    local tool
    for tool in curl awk ss docker-registry "$@"; do
        command -v "$tool" > /dev/null || die "needs $tool"
    done
    [[ -x $lighter ]] || die "no launcher at $lighter"
    work=$(mktemp -d "${TMPDIR:-/tmp}/lighterage-bench.XXXXXX")
    trap finish EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    # The first start of the launcher may build.
    "$lighter" --version > "$work/launcher.log" 2>&1 || { cat "$work/launcher.log" >&2; die "$lighter does not run"; }
}

declare -A given_ports=()
pick_port() { # sets $port
    while true; do
        port=$((20000 + RANDOM % 12000))
        [[ -z ${given_ports[$port]:-} && -z $(ss -Htln "sport = :$port") ]] && break
    done
    given_ports[$port]=yes
}

run() { # NAME COMMAND...: in the background
    local name=$1
    shift
    "$@" > "$work/$name.log" 2>&1 < /dev/null &
    pid_of[$name]=$!
}

await_ready() { # NAME URL
    local deadline=$((SECONDS + READY_SECONDS))
    until curl -sf -m 5 -o /dev/null "$2"; do
        kill -0 "${pid_of[$1]}" 2> /dev/null || { tail -n 20 "$work/$1.log" >&2; die "$1 ended before it was ready"; }
        ((SECONDS < deadline)) || { tail -n 20 "$work/$1.log" >&2; die "$1 was not ready in $READY_SECONDS s"; }
        sleep 0.05
    done
}

start_registry() {
    pick_port
    url_of[registry]=http://127.0.0.1:$port
    printf 'version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: "127.0.0.1:%s"}\n' \
        "$work/registry" "$port" > "$work/registry.yml"
    run registry docker-registry serve "$work/registry.yml"
    await_ready registry "${url_of[registry]}/v2/"
}

digest_of() { echo "sha256:$(sha256sum | cut -d' ' -f1)"; }

push_file() { # FILE DIGEST
    local location
    location=$(curl -sfS -o /dev/null -D - -X POST "${url_of[registry]}/v2/$REPOSITORY/blobs/uploads/" |
        tr -d '\r' | awk 'tolower($1) == "location:" {print $2}')
    curl -sfS -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' -T "$1" "$location&digest=$2"
}

push_random() { # MIB: sets $digest
    head -c "$(($1 * 1048576))" /dev/urandom > "$work/random"
    digest=$(digest_of < "$work/random")
    push_file "$work/random" "$digest"
    rm "$work/random"
}

push_layers() { # TAG FILE...: pushes an image of gzipped archives; sets $manifest and $plain_bytes
    local tag=$1 layer diff_ids='' descriptors='' config=$work/config.json
    shift
    plain_bytes=0
    for layer in "$@"; do
        gzip -dc "$layer" > "$work/layer.tar"
        plain_bytes=$((plain_bytes + $(stat -c %s "$work/layer.tar")))
        diff_ids+="${diff_ids:+,}\"$(digest_of < "$work/layer.tar")\""
        digest=$(digest_of < "$layer")
        descriptors+="${descriptors:+,}{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar+gzip\",\"digest\":\"$digest\",\"size\":$(stat -c %s "$layer")}"
        push_file "$layer" "$digest"
    done
    rm "$work/layer.tar"
    printf '{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[%s]}}' "$diff_ids" > "$config"
    push_file "$config" "$(digest_of < "$config")"
    printf '{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%s},"layers":[%s]}' \
        "$(digest_of < "$config")" "$(stat -c %s "$config")" "$descriptors" > "$work/manifest.json"
    curl -sfS -o /dev/null -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data-binary "@$work/manifest.json" \
        "${url_of[registry]}/v2/$REPOSITORY/manifests/$tag"
    manifest=$(digest_of < "$work/manifest.json")
}

start_supernode() { # ARGUMENT...
    local http
    pick_port; http=$port
    pick_port; exchange_of[supernode]=$port
    url_of[supernode]=http://$host:$http
    run supernode "$lighter" supernode --data "$work/supernode" --http "$host:$http" --exchange "$host:$port" \
        --advertise "$host" --upstream "$REGISTRY=${url_of[registry]}" "$@"
    await_ready supernode "${url_of[supernode]}/healthz"
}

launch_node() { # NAME ARGUMENT...: does not wait until it is ready; the same ports when started again
    if [[ -z ${url_of[$1]:-} ]]; then
        pick_port; url_of[$1]=http://127.0.0.1:$port
        pick_port; exchange_of[$1]=$port
    fi
    run "$1" "$lighter" node --data "$work/$1" --supernode "${url_of[supernode]}" --mirror "${url_of[$1]#http://}" \
        --exchange "127.0.0.1:${exchange_of[$1]}" --advertise 127.0.0.1 "${@:2}"
}

start_node() { # NAME ARGUMENT...
    launch_node "$@"
    await_ready "$1" "${url_of[$1]}/healthz"
}

mount_image() { # NODE IMAGE DIRECTORY
    mkdir -p "$3"
    "$lighter" mount "$2" "$3" --node "${url_of[$1]}" > "$work/mount.log" 2>&1 || { cat "$work/mount.log" >&2; die "$2 is not mounted"; }
    mounted+=("$3")
}
unmount_image() { # NODE DIRECTORY
    "$lighter" umount "$2" --node "${url_of[$1]}" > "$work/mount.log" 2>&1 || { cat "$work/mount.log" >&2; die "$2 is not unmounted"; }
}
of_image() { # NODE FIELD: a number that the node tells of its only image
    curl -sfS "${url_of[$1]}/api/v1/images" | grep -o "\"$2\":[0-9]*" | head -n 1 | cut -d: -f2
}
await() { # SECONDS WHAT COMMAND...: until it succeeds
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        ((SECONDS < deadline)) || die "$what: not in time"
        sleep 0.1
    done
}

blob_url() { echo "${url_of[$1]}/v2/$REPOSITORY/blobs/$2?ns=$REGISTRY"; } # NODE DIGEST

now() { echo "$EPOCHREALTIME"; }
since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.6f", b - a}'; }
calc() { awk "BEGIN {printf \"%.${2:-3}f\", $1}"; } # EXPRESSION [DIGITS]
median() { sort -g | awk '{v[NR] = $1} END {printf "%s", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2}'; }

cpu_seconds() { # PID...: user and system time so far, threads included
    local pid sum=0
    for pid in "$@"; do
        sum=$(awk -v sum="$sum" -v hz="$(getconf CLK_TCK)" '{sub(/^.*\) /, ""); printf "%.2f", sum + ($12 + $13) / hz}' "/proc/$pid/stat")
    done
    echo "$sum"
}
peak_rss_mib() { awk '/^VmHWM/ {printf "%.1f", $2 / 1024}' "/proc/$1/status"; } # PID

# A JDK 25, as the launcher finds it.
java25() {
    local jdk
    for jdk in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
        if [[ -x $jdk/bin/java ]] && grep -qs '^JAVA_VERSION="25[.+"-]' "$jdk/release"; then
            echo "$jdk/bin/java"
            return
        fi
    done
    die "no JDK 25 in JAVA_HOME or /usr/lib/jvm"
}

need_java_main() { [[ -f $root/tests/target/benchmark.classpath ]] || die "build first: mvn -DskipTests package"; }

java_main() { # CLASS ARGUMENT...: a program of the tests module
    need_java_main
    "$(java25)" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Xmx1g \
        -cp "$root/tests/target/classes:$(< "$root/tests/target/benchmark.classpath")" "io.lighterage.tests.bench.$1" "${@:2}"
}

verdict=0
promise() { # WHAT VALUE RELATION LIMIT: prints a line; RELATION is <= or >=
    local kept=kept
    awk "BEGIN {exit !($2 $3 $4)}" || { kept=BROKEN; verdict=1; }
    printf '%-52s %10s  promised %s %-6s %s\n' "$1" "$2" "$3" "$4" "$kept"
}
line() { printf '%-52s %10s\n' "$1" "$2"; } # WHAT VALUE
