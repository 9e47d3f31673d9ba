#!/usr/bin/env bash
# A Debian system with a JDK, Python and Node upon it, mounted by `lighter mount`: what it costs to list and to read a little
# of it, whether its tree is the one that umoci unpacks, how other clients read its device, and what is left at the end.
# Needs root. Usage: lazy-system.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
readonly LOCAL_SECONDS=120 CHUNK=262144 LIMIT_MB=60 DELAY=4
readonly IMAGE=$REGISTRY/$REPOSITORY:1 SMALLER=$REGISTRY/$REPOSITORY:2

begin tar gzip sha256sum skopeo umoci fsck.erofs losetup nbdinfo nbdcopy nbdfuse qemu-img fio python3 node
((EUID == 0)) || die 'needs root, to mount'
[[ $(ulimit -n) -ge 1024 ]] || die 'needs 1024 open files'

base=$root/tests/target/engine-images/debian.tar.gz
if [[ ! -f $base ]]; then
    echo 'lazy-system: debootstrap' >&2
    debootstrap --variant=minbase "$(. /etc/os-release; echo "$VERSION_CODENAME")" "$work/base" > "$work/debootstrap.log" \
        || die 'debootstrap failed'
    base=$work/debian.tar.gz
    tar -C "$work/base" --numeric-owner --sort=name -czf "$base" .
    rm -r "$work/base"
fi
pack() { # FILE PATH...: a layer of what lies below /. The directories above have entries: else their times are the tool's.
    local path above=()
    for path in "${@:2}"; do
        while path=$(dirname "$path") && [[ $path != . ]]; do above+=("$path"); done
    done
    printf '%s\n' "${above[@]}" | sort -u > "$work/above"
    tar -C / --numeric-owner --sort=name --format=posix -I 'gzip -1' --no-recursion -T "$work/above" --recursion -cf "$1" "${@:2}"
}
echo 'lazy-system: making the image' >&2
start_registry
pack "$work/jdk.tar.gz" "$(dirname "$(dirname "$(readlink -f "$(java25)")")" | cut -c2-)"
python=$(readlink -f /usr/bin/python3)
pack "$work/python.tar.gz" usr/bin/python3 "${python#/}" usr/lib/python3 "usr/lib/${python##*/}"
pack "$work/node.tar.gz" "$(readlink -f /usr/bin/node | cut -c2-)"
push_layers 2 "$base" "$work/python.tar.gz"
push_layers 1 "$base" "$work/jdk.tar.gz" "$work/python.tar.gz" "$work/node.tar.gz"
rm "$work"/*.tar.gz
skopeo --insecure-policy copy --quiet --src-tls-verify=false "docker://${url_of[registry]#http://}/$REPOSITORY:1" "oci:$work/oci:1"
umoci raw unpack --image "$work/oci:1" "$work/unpacked" > "$work/umoci.log" 2>&1 || { cat "$work/umoci.log" >&2; die 'umoci failed'; }

# The same digest means: the same types, modes, owners, times, attributes, hard links, device numbers, and contents.
tree() { # DIRECTORY
    { tar --format=pax --pax-option=delete=atime,delete=ctime --numeric-owner --sort=name --xattrs --xattrs-include='*' \
        -C "$1" -cf - .; find "$1" -printf '%P %y %n\n' | sort; } | digest_of
}
same() { # WHAT DIRECTORY
    local found
    found=$(tree "$2")
    [[ $found == "$wanted" ]] || diff <(tar -C "$work/unpacked" -c . | tar -tv) <(tar -C "$2" -c . | tar -tv) | head >&2
    promise "$1" "$([[ $found == "$wanted" ]] && echo 1 || echo 0)" '>=' 1
}
kept() { # WHAT COMMAND...
    if "${@:2}" > "$work/command.log" 2>&1; then
        promise "$1" 1 '>=' 1
    else
        tail -n 5 "$work/command.log" >&2
        promise "$1" 0 '>=' 1
    fi
}
wanted=$(tree "$work/unpacked")

start_supernode
start_node cold --prefetch-delay 86400 --nbd "unix:$work/nbd"
began=$(now)
mount_image cold "$IMAGE" "$work/cold-mount"
line 'bytes unpacked, MB' "$(calc "$plain_bytes / 1e6" 0)"
line 'mounted after, conversion included, s' "$(since "$began")"
line 'metadata, MB' "$(calc "$(of_image cold metadataBytes) / 1e6" 1)"
ls -lR "$work/cold-mount" > "$work/listing"
find "$work/cold-mount" -exec stat {} + > "$work/listing"
promise 'bytes on demand after ls -lR and stat of everything' "$(of_image cold onDemandBytes)" '<=' 0
small=$(find "$work/cold-mount/usr" -type f -size -8 -size +6 | sort | awk 'NR == 100')
cat "$small" > "$work/listing"
promise 'chunks fetched to read one 4 KiB file' "$(calc "$(of_image cold onDemandBytes) / $CHUNK" 1)" '<=' 2
same 'tree read on demand is what umoci unpacks (1 = yes)' "$work/cold-mount"
promise 'supernode, peak resident MiB' "$(peak_rss_mib "${pid_of[supernode]}")" '<=' 512

uri="nbd+unix:///$manifest?socket=$work/nbd"
"$lighter" image build "oci:$work/oci:1" "$work/built" > "$work/build.log" 2>&1 || { cat "$work/build.log" >&2; die 'image build failed'; }
kept 'nbdinfo' nbdinfo "$uri"
kept 'nbdinfo --map of what is local' nbdinfo --map=lighterage:local "$uri"
kept 'qemu-img compare with lighter image build' qemu-img compare -f raw -F raw "$work/built" "$uri"
kept 'fio --ioengine=nbd' fio --name=nbd --ioengine=nbd --uri="$uri" --rw=randread --bs=64k --iodepth=16 --io_size=64M --size=256M
kept 'nbdcopy' nbdcopy "$uri" "$work/copied"
kept 'nbdcopy is lighter image build' cmp "$work/copied" "$work/built"
kept 'fsck.erofs' fsck.erofs "$work/copied"
mkdir "$work/loop-mount" "$work/nbdfuse" "$work/nbdfuse-mount"
losetup -r --direct-io=on -f "$work/copied"
loop=$(losetup -n -O NAME -j "$work/copied")
mounted+=("$work/loop-mount")
mount -t erofs -o ro "$loop" "$work/loop-mount"
losetup -d "$loop" # once it is unmounted
same 'tree through loop' "$work/loop-mount"
umount "$work/loop-mount"
run nbdfuse nbdfuse "$work/nbdfuse/device" "$uri"
mounted+=("$work/nbdfuse-mount" "$work/nbdfuse")
await 20 'nbdfuse' test -f "$work/nbdfuse/device"
mount -t erofs -o ro,loop "$work/nbdfuse/device" "$work/nbdfuse-mount"
same 'tree through nbdfuse' "$work/nbdfuse-mount"
umount "$work/nbdfuse-mount"
umount "$work/nbdfuse"
rm "$work/copied" "$work/built"
unmount_image cold "$work/cold-mount"
kill "${pid_of[cold]}"
wait "${pid_of[cold]}" || true
promise 'mounts left by a node that ended' "$(grep -c "$work" /proc/self/mounts || true)" '<=' 0

start_node warm --prefetch-delay "$DELAY" --prefetch-limit "${LIMIT_MB}M"
began=$(now)
mount_image warm "$IMAGE" "$work/warm-mount"
length=$(of_image warm length)
is_local() { [[ $(of_image warm localBytes) == "$length" ]]; }
pulls() { (($(of_image warm localBytes) > $(of_image warm metadataBytes))); }
await 60 'the background pull begins' pulls
promise "background pull begins after $DELAY s; s" "$(since "$began")" '>=' "$DELAY"
began=$(now)
await "$LOCAL_SECONDS" 'the image is local' is_local
took=$(since "$began")
line 'background pull took, s' "$took"
promise "its rate is at most $LIMIT_MB MB/s" "$(calc "$length / 1e6 / $took" 1)" '<=' "$(calc "$LIMIT_MB * 1.1" 1)"
promise 'and at least half of that' "$(calc "$length / 1e6 / $took" 1)" '>=' "$(calc "$LIMIT_MB * 0.5" 1)"
promise 'bytes on demand of all that' "$(of_image warm onDemandBytes)" '<=' 0
mount_image warm "$IMAGE" "$work/local-mount"
mount_image warm "$SMALLER" "$work/smaller-mount"
find "$work/warm-mount" -xdev -type f -exec cat {} + > /dev/null &
reader=$!
find "$work/smaller-mount" -xdev -type f -exec cat {} + > /dev/null
wait "$reader"
promise 'node, two images mounted and read, peak resident MiB' "$(peak_rss_mib "${pid_of[warm]}")" '<=' 256
kill -9 "${pid_of[warm]}"
wait "${pid_of[warm]}" || true
same 'tree of a local image without any node' "$work/local-mount"
umount "$work/local-mount"
start_node warm --prefetch-delay 86400
same 'tree of the lazy mount after the node came back' "$work/warm-mount"
unmount_image warm "$work/warm-mount"
unmount_image warm "$work/smaller-mount"
kill "${pid_of[warm]}"
wait "${pid_of[warm]}" || true
promise 'mounts left at the end' "$(grep -c "$work" /proc/self/mounts || true)" '<=' 0
exit "$verdict"
