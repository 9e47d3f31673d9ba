#!/usr/bin/env bash
# How long a supernode takes to convert an image that it has to fetch first, against `gzip -dc` of the image's layers one
# after another; its peak memory; and whether two supernodes make the same device. The layers are directories of this host.
# Usage: convert.sh [DIRECTORY...]   default: a JDK 25, /usr/share, /usr/lib/python3
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readonly END_OF_CONVERSION_SECONDS=240

begin tar gzip sha256sum
start_registry
if (($# == 0)); then
    set -- "$(dirname "$(dirname "$(java25)")")" /usr/share /usr/lib/python3
fi

convert() { # FILE: writes the device map there; sets $seconds
    local began deadline status
    began=$(now)
    deadline=$((SECONDS + END_OF_CONVERSION_SECONDS))
    while true; do
        status=$(curl -sS -o "$1" -w '%{http_code}' \
            "${url_of[supernode]}/api/v1/devices?image=$REGISTRY/$REPOSITORY@$manifest&platform=linux/amd64&wait=20")
        case $status in
            200) break ;;
            202) ((SECONDS < deadline)) || die "not converted in $END_OF_CONVERSION_SECONDS s: $(< "$1")" ;;
            *) die "status $status: $(< "$1")" ;;
        esac
    done
    seconds=$(since "$began")
}

echo "convert: making layers of $*" >&2
layers=()
for directory in "$@"; do
    layers+=("$work/layer-${#layers[@]}.tar.gz")
    tar -C / --sort=name --numeric-owner -cf - "${directory#/}" | gzip -n > "${layers[-1]}"
done
push_layers 1 "${layers[@]}"
echo 'convert: gzip -dc of each layer' >&2
began=$(now)
for layer in "${layers[@]}"; do gzip -dc "$layer" > /dev/null; done
gzip_seconds=$(since "$began")

start_supernode
cpu_before=$(cpu_seconds "${pid_of[supernode]}")
convert "$work/first.json"
first_seconds=$seconds
cpu=$(calc "$(cpu_seconds "${pid_of[supernode]}") - $cpu_before" 1)
rss=$(peak_rss_mib "${pid_of[supernode]}")
convert "$work/again.json"
again_seconds=$seconds
kill "${pid_of[supernode]}"
wait "${pid_of[supernode]}" || true
rm -rf "$work/supernode"
start_supernode
convert "$work/second.json"
cmp -s "$work/first.json" "$work/second.json" && same=1 || same=0

line 'layers uncompressed, MB' "$(calc "$plain_bytes / 1e6" 0)"
line 'metadata, MB' "$(calc "$(grep -o "\"deviceOffset\":0,\"length\":[0-9]*" "$work/first.json" | grep -o "[0-9]*$") / 1e6" 1)"
line 'gzip -dc of the layers, s' "$(calc "$gzip_seconds" 2)"
line 'conversion, s' "$(calc "$first_seconds" 2)"
line 'conversion by another supernode, s' "$(calc "$seconds" 2)"
line 'asked again, s' "$(calc "$again_seconds" 3)"
line 'CPU of the supernode, s' "$cpu"
promise 'conversion / gzip -dc' "$(calc "$first_seconds / $gzip_seconds" 2)" '<=' 2
promise 'supernode, peak resident MiB' "$rss" '<=' 512
promise 'both supernodes made the same device (1 = yes)' "$same" '>=' 1
exit "$verdict"
