#!/usr/bin/env bash
# The BitTorrent lane: what aria2, transmission-cli and `lighter fetch` get of it and how fast, what three clients at once
# share, what hostile clients cost others, and what 500 offers cost. Runs in a network of its own, because transmission
# talks to nobody on a loopback address. Needs root. Usage: torrent.sh [MIB=256] [ROUNDS=3] [PART...]
# Parts: clients crowd fetch hostile many; all unless told.
if [[ -z ${LANE_NETWORK:-} ]]; then
    LANE_NETWORK=own exec unshare --net "$0" "$@"
fi
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
mib=${1:-256} rounds=${2:-3}
parts=" ${*:3} "
((${#} > 2)) || parts=' clients crowd fetch hostile many '
readonly OFFERS=500 REFERENCE=$REGISTRY/$REPOSITORY:1

begin aria2c transmission-cli skopeo ip
ip link set lo up
ip address add 10.99.0.1/24 dev lo
host=10.99.0.1

aria_options=(--no-conf --enable-dht=false --enable-dht6=false --bt-enable-lpd=false --file-allocation=none)
aria() { # SOURCE DIRECTORY
    pick_port
    aria2c "${aria_options[@]}" --quiet=true --listen-port="$port" --seed-time=0 --dir="$2" "$1"
}
transmission() { # SOURCE DIRECTORY: ended when it is done; started again when it ends once it has the metadata
    local home=$2.home pid=''
    mkdir "$home"
    printf '#!/bin/sh\ntouch %s/done\n' "$home" > "$home/when-done"
    chmod +x "$home/when-done"
    until [[ -e $home/done ]]; do
        if [[ -z $pid ]] || ! kill -0 "$pid" 2> /dev/null; then
            pick_port
            HOME=$home transmission-cli -M -w "$2" -g "$home" -p "$port" -f "$home/when-done" "$1" > "$home/log" 2>&1 &
            pid=$!
        fi
        sleep 0.1
    done
    kill "$pid" 2> /dev/null || true
    wait "$pid" || true
}
fetch() { "$lighter" fetch "$1" "$2" > "$work/fetch.log" 2>&1 || { cat "$work/fetch.log" >&2; die "fetch failed"; }; } # SOURCE DIRECTORY

fresh() { directory=$(mktemp -d "$work/to.XXXXXX"); } # sets $directory
timed() { # COMMAND...: sets $seconds; its last argument is $directory
    local began
    fresh
    began=$(now)
    "$@" "$directory"
    seconds=$(since "$began")
}
check() { # every file that is named by a digest has it; then the directory is removed
    local file count=0
    while read -r file; do
        [[ $(sha256sum < "$file" | cut -d' ' -f1) == "${file##*/}" ]] || die "$file has other bytes"
        count=$((count + 1))
    done < <(find "$directory" -type f -regextype posix-extended -regex '.*/[0-9a-f]{64}')
    ((count > 0)) || die "nothing came"
    rm -rf "$directory"
}
metric() { curl -sfS "${url_of[supernode]}/metrics" | awk -v name="$1" '$1 == name {printf "%d", $2}'; } # NAME

start_lane() { # ARGUMENT...
    pick_port; lane=$port
    start_supernode --torrent "$host:$lane" "$@"
    "$lighter" torrent "$REFERENCE" --supernode "${url_of[supernode]}" --out "$work/image.torrent" > "$work/image.magnet"
    curl -sSf -o "$work/layer.torrent" "${url_of[supernode]}/torrents/$layer.torrent?repository=$REGISTRY/$REPOSITORY"
    curl -sSf -o "$work/layer.magnet" "${url_of[supernode]}/torrents/$layer.magnet?repository=$REGISTRY/$REPOSITORY"
}
stop_lane() {
    kill "${pid_of[supernode]}"
    wait "${pid_of[supernode]}" || true
}
source_of() { if [[ $2 == magnet ]]; then head -n 1 "$work/$1.magnet"; else echo "$work/$1.torrent"; fi; } # WHAT FORM

start_registry
head -c "$((mib * 1048576))" /dev/urandom > "$work/cargo"
tar -C "$work" -cf - cargo | gzip -1 > "$work/large.tar.gz"
head -c 3000000 /dev/urandom > "$work/cargo"
tar -C "$work" -cf - cargo | gzip -1 > "$work/small.tar.gz"
push_layers 1 "$work/small.tar.gz" "$work/large.tar.gz"
layer=$(digest_of < "$work/large.tar.gz") bytes=$(stat -c %s "$work/large.tar.gz")
rm "$work"/*.gz
start_lane

if [[ $parts == *' clients '* ]]; then
    for client in aria transmission; do
        for what in layer image; do
            for form in torrent magnet; do
                fresh
                began=$(now)
                if [[ $client == aria ]]; then
                    aria "$(source_of "$what" "$form")" "$directory"
                else
                    transmission "$(source_of "$what" "$form")" "$directory"
                fi
                line "$client, $what by $form, s" "$(calc "$(since "$began")" 1)"
                if [[ $what == image ]]; then
                    skopeo --insecure-policy copy -q "oci:$directory/blobs_1:1" "dir:$directory.copy" || die "not an image"
                    rm -rf "$directory.copy"
                fi
                check
            done
        done
    done
fi

if [[ $parts == *' crowd '* ]]; then
    stop_lane
    start_lane --torrent-limit 40M
    before=$(metric lighterage_torrent_sent_bytes_total)
    for i in 1 2 3; do
        mkdir "$work/crowd$i"
        printf '#!/bin/sh\ntouch %s/done\n' "$work/crowd$i" > "$work/crowd$i.done"
        chmod +x "$work/crowd$i.done"
        pick_port
        run "aria$i" aria2c "${aria_options[@]}" --listen-port="$port" --dir="$work/crowd$i" \
            --seed-time=60 --bt-tracker-interval=2 --on-bt-download-complete="$work/crowd$i.done" "$work/layer.torrent"
    done
    for i in 1 2 3; do await 120 "aria2 number $i" test -e "$work/crowd$i/done"; done
    for i in 1 2 3; do kill "${pid_of[aria$i]}"; directory=$work/crowd$i; check; done
    sent=$(($(metric lighterage_torrent_sent_bytes_total) - before))
    promise 'three aria2 at once: the lane sends, x the layer' "$(calc "$sent / $bytes" 2)" '<' 2.5
    stop_lane
    start_lane
fi

if [[ $parts == *' fetch '* ]]; then
    times() { # sets $aria_median and $fetch_median for the source $1
        local aria_times='' fetch_times=''
        for ((i = 0; i < rounds; i++)); do
            timed aria "$1"; aria_times+=$seconds$'\n'; check
            timed fetch "$1"; fetch_times+=$seconds$'\n'; check
        done
        aria_median=$(printf '%s' "$aria_times" | median) fetch_median=$(printf '%s' "$fetch_times" | median)
    }
    times "$work/layer.torrent"
    line 'aria2 from the lane, s' "$(calc "$aria_median" 1)"
    line 'lighter fetch from the lane, s' "$(calc "$fetch_median" 1)"
    promise 'from the lane: speed of fetch / aria2' "$(calc "$aria_median / $fetch_median" 2)" '>=' 0.5
    # The lane gives next to nothing, so that what comes is from the other client.
    mkdir "$work/seed"
    aria "$work/layer.torrent" "$work/seed"
    stop_lane
    start_lane --torrent-limit 1M
    pick_port
    run seeder aria2c "${aria_options[@]}" --listen-port="$port" \
        --check-integrity=true --seed-ratio=0.0 --dir="$work/seed" "$work/layer.torrent"
    await 60 'the seeder' grep -qs 'listening on TCP port' "$work/seeder.log"
    times "$work/layer.torrent"
    line 'aria2 from an aria2 seeder, s' "$(calc "$aria_median" 1)"
    line 'lighter fetch from an aria2 seeder, s' "$(calc "$fetch_median" 1)"
    promise 'from a seeder: speed of fetch / aria2' "$(calc "$aria_median / $fetch_median" 2)" '>=' 0.5
    kill "${pid_of[seeder]}"
    stop_lane
    start_lane
fi

if [[ $parts == *' hostile '* ]]; then
    need_java_main
    info_hash=$(grep -o 'btih:[0-9a-f]*' "$work/layer.magnet" | cut -d: -f2)
    pull() { curl -sSf -o /dev/null "$(blob_url supernode "$layer")"; }
    measure() { # appends to the times of the state $1
        timed aria "$work/layer.torrent"; serve_times[$1]+=$seconds$'\n'; check
        local began
        began=$(now)
        for _ in 1 2 3 4; do pull; done
        pull_times[$1]+=$(since "$began")$'\n'
    }
    declare -A serve_times=() pull_times=()
    measure warm
    for ((i = 0; i < rounds; i++)); do
        measure quiet
        run hostile java_main HostilePeers "$host" "$lane" "$info_hash" \
            stalled=3 slow=3 garbage=2 stranger=2 rude=2
        await 20 'hostile clients' grep -qs connected "$work/hostile.log"
        measure hostile
        kill "$(pgrep -P "${pid_of[hostile]}" java)"
        wait "${pid_of[hostile]}" || true
    done
    for state in quiet hostile; do
        line "aria2 from the lane, $state, s" "$(calc "$(printf '%s' "${serve_times[$state]}" | median)" 2)"
        line "4 pulls of the layer, $state, s" "$(calc "$(printf '%s' "${pull_times[$state]}" | median)" 2)"
    done
    ratio() { calc "$(printf '%s' "$1" | median) / $(printf '%s' "$2" | median)" 2; }
    promise 'aria2 with hostile clients / without' "$(ratio "${serve_times[hostile]}" "${serve_times[quiet]}")" '<=' 1.2
    promise 'a pull with hostile clients / without' "$(ratio "${pull_times[hostile]}" "${pull_times[quiet]}")" '<=' 1.05
fi

if [[ $parts == *' many '* ]]; then
    for ((i = 0; i < OFFERS; i++)); do
        head -c 65536 /dev/urandom > "$work/random"
        digest=$(digest_of < "$work/random")
        push_file "$work/random" "$digest"
        curl -sSf -o /dev/null "$(blob_url supernode "$digest")" \
            -o /dev/null "${url_of[supernode]}/torrents/$digest.torrent?repository=$REGISTRY/$REPOSITORY"
    done
    pid=${pid_of[supernode]} # the launcher becomes Java
    fresh
    aria "$work/layer.torrent" "$directory" # one is loaded
    check
    before=$(cpu_seconds "$pid")
    sleep 10
    promise "$OFFERS offers: CPU of the supernode, % of a core" \
        "$(calc "($(cpu_seconds "$pid") - $before) * 10" 1)" '<=' 5
    promise "$OFFERS offers: threads" "$(awk '/^Threads/ {print $2}' "/proc/$pid/status")" '<=' 100
    promise "$OFFERS offers: peak resident MiB" "$(peak_rss_mib "$pid")" '<=' 512
fi
exit "$verdict"
