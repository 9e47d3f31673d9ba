#!/usr/bin/env bash
# Peak resident memory of a node that pulls an image of many layers while it serves eight neighbours, and of a supernode
# that serves 64 nodes. The neighbours are light: they take chunks and drop them.
# Usage: memory.sh [LAYERS=64] [LAYER_MIB=64] [NEIGHBOURS=8] [NODES=64] [NODES_LAYERS=4]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
layers=${1:-64} layer_mib=${2:-64} neighbours=${3:-8} nodes=${4:-64} nodes_layers=${5:-4}
readonly PARALLEL=3 # layers at a time, as containerd and dockerd do

need_java_main
begin xargs
start_registry
echo "memory: making $layers layers of $layer_mib MiB" >&2
digests=()
for ((i = 0; i < layers; i++)); do push_random "$layer_mib"; digests+=("$digest"); done
start_supernode
start_node node

echo "memory: a node pulls them and serves $neighbours neighbours" >&2
began=$(now)
java_main ExchangeLoad 127.0.0.1 "${exchange_of[node]}" "${exchange_of[supernode]}" "$neighbours" "$REGISTRY" "$REPOSITORY" "${digests[@]}" \
    > "$work/neighbours.out" 2> "$work/neighbours.log" &
pid_of[neighbours]=$!
for digest in "${digests[@]}"; do blob_url node "$digest"; done | xargs -P "$PARALLEL" -n 1 curl -sSf -o /dev/null
wait "${pid_of[neighbours]}" || { tail "$work/neighbours.log" >&2; die 'the neighbours failed'; }
unset 'pid_of[neighbours]'
read -r served _ < "$work/neighbours.out"
[[ $served == $((neighbours * layers * layer_mib * 1048576)) ]] || die "the neighbours got $served bytes"
line "node: pulled $((layers * layer_mib)) MiB, served, MiB" "$((served / 1048576))"
line 'node: seconds' "$(calc "$(since "$began")" 1)"

echo "memory: the supernode serves $nodes nodes" >&2
java_main ExchangeLoad 127.0.0.1 "${exchange_of[supernode]}" "${exchange_of[supernode]}" "$nodes" "$REGISTRY" \
    "$REPOSITORY" "${digests[@]:0:nodes_layers}" \
    > "$work/nodes.out" 2> "$work/nodes.log" || { tail "$work/nodes.log" >&2; die 'the nodes failed'; }
read -r served seconds < "$work/nodes.out"
[[ $served == $((nodes * nodes_layers * layer_mib * 1048576)) ]] || die "the nodes got $served bytes"
line "supernode: served to $nodes nodes, MiB" "$((served / 1048576))"
line 'supernode: seconds' "$seconds"
promise 'node, peak resident MiB' "$(peak_rss_mib "${pid_of[node]}")" '<=' 256
promise 'supernode, peak resident MiB' "$(peak_rss_mib "${pid_of[supernode]}")" '<=' 512
exit "$verdict"
