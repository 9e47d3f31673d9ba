#!/usr/bin/env bash
# Reads of an image whose bytes are all here: EROFS over FUSE against EROFS on the same file, and what 300 readers of slow
# chunks do to a reader of present ones. Needs root, fio and mkfs.erofs.
# Usage: read.sh [ROUNDS=3] [MIB=512]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
rounds=${1:-3} mib=${2:-512}
readonly BLOCKED=300 SECONDS_OF_RANDOM=4

need_java_main
begin fio mkfs.erofs mkfifo
((EUID == 0)) || die 'needs root, to mount'

server_job=''
end() {
    local status=$?
    # The server unmounts and ends with its input.
    if [[ -n $server_job ]]; then
        exec 9>&-
        wait "$server_job" || { tail -n 20 "$work/server.log" >&2; status=1; }
    fi
    (exit "$status")
    finish
}

mkdir "$work/tree" "$work/data" "$work/served" "$work/plain"
head -c "$((mib * 1048576))" /dev/urandom > "$work/tree/file"
mkfs.erofs "$work/image" "$work/tree" > "$work/mkfs.log" 2>&1 || { cat "$work/mkfs.log" >&2; die 'mkfs.erofs failed'; }
rm "$work/tree/file"
mkfifo "$work/input"
java_main FuseDevice "$work/data" "$work/image" "$work/served" "$work/plain" < "$work/input" > "$work/server.out" 2> "$work/server.log" &
server_job=$!
exec 9> "$work/input"
trap end EXIT
deadline=$((SECONDS + READY_SECONDS))
until [[ -s $work/server.out ]]; do
    kill -0 "$server_job" 2> /dev/null || { tail -n 20 "$work/server.log" >&2; die 'the server ended'; }
    ((SECONDS < deadline)) || die 'the server was not ready'
    sleep 0.05
done
server=$(< "$work/server.out")
# Its bytes are in the page cache for both.
cat "$work/image" > /dev/null

fio_read() { # FILE OPTION...: sets $mbs, $p50 and $p99 (microseconds); the file's own cache is dropped first
    fio --name=read --filename="$1" --readonly --ioengine=psync --invalidate=1 --thread --group_reporting \
        --percentile_list=50:99 --output-format=terse --terse-version=3 "${@:2}" > "$work/fio.out" 2> "$work/fio.log" 9>&- \
        || { cat "$work/fio.out" "$work/fio.log" >&2; die 'fio failed'; }
    local result
    result=$(grep '^3;' "$work/fio.out")
    mbs=$(cut -d';' -f7 <<< "$result" | awk '{printf "%.1f", $1 * 1024 / 1000000}')
    p50=$(grep -o '50\.000000%=[0-9]*' <<< "$result" | sed -n 's/.*=//p' | head -n 1)
    p99=$(grep -o '99\.000000%=[0-9]*' <<< "$result" | sed -n 's/.*=//p' | head -n 1)
}
sequential() { fio_read "$1/file" --rw=read --bs=1M; }
random64() { fio_read "$1/file" --rw=randread --bs=64k --numjobs=8 --io_size="$((mib / 8))M"; }
random4() { fio_read "$1/file" --rw=randread --bs=4k --runtime="$SECONDS_OF_RANDOM" --io_size="$((mib / 4))M"; }

compare() { # WHAT WORKLOAD LIMIT: alternates between both, so that whatever else runs disturbs both
    local plain='' served='' latency='' cpu=0 before i
    for ((i = -1; i < rounds; i++)); do # the first round warms the code
        "$2" "$work/plain"
        ((i < 0)) || plain+=$mbs$'\n'
        before=$(cpu_seconds "$server")
        "$2" "$work/served"
        ((i < 0)) || { served+=$mbs$'\n'; latency+=$p50$'\n'; cpu=$(calc "$cpu + $(cpu_seconds "$server") - $before" 2); }
    done
    plain=$(printf '%s' "$plain" | median)
    served=$(printf '%s' "$served" | median)
    line "$1, plain file, MB/s" "$plain"
    line "$1, over FUSE, MB/s" "$served"
    promise "$1, FUSE / plain" "$(calc "$served / $plain" 2)" '>=' "$3"
    latency_us=$(printf '%s' "$latency" | median)
    server_cpu=$cpu
}
compare '1 MiB sequential' sequential 0.6
promise 'server CPU seconds per GiB, sequential' "$(calc "$server_cpu * 1024 / ($mib * $rounds)" 2)" '<=' 0.5
compare '64 KiB random x8' random64 0.4
compare '4 KiB random x1' random4 0.15
promise '4 KiB random x1, p50 microseconds' "$latency_us" '<=' 60

alone='' beside=''
for ((i = 0; i < rounds; i++)); do
    random4 "$work/served"
    alone+=$p99$'\n'
    fio --name=slow --filename="$work/data/devices/slow" --readonly --ioengine=psync --thread --rw=randread --bs=4k \
        --numjobs="$BLOCKED" --time_based --runtime="$((SECONDS_OF_RANDOM + 4))" --group_reporting > "$work/slow.out" 2>&1 9>&- &
    slow=$!
    sleep 2 # fio starts its threads; all then read for longer than the other does
    random4 "$work/served"
    beside+=$p99$'\n'
    wait "$slow" || { cat "$work/slow.out" >&2; die 'the slow readers failed'; }
done
alone=$(printf '%s' "$alone" | median)
beside=$(printf '%s' "$beside" | median)
line 'present 4 KiB, alone, p99 microseconds' "$alone"
line "present 4 KiB, beside $BLOCKED blocked readers, p99" "$beside"
promise 'beside / alone' "$(calc "$beside / $alone" 2)" '<=' 2
exit "$verdict"
