#!/usr/bin/env bash
# JMH benchmarks of single parts: hashing a chunk, frames over loopback, chunks into the store.
# Usage: jmh.sh [JMH OPTION...]   such as `jmh.sh -f 1 ChunkHash`
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
source "$root/tests/bench/common.sh"
classpath=$root/tests/target/benchmark.classpath
[[ -f $classpath ]] || die "build first: mvn -DskipTests package"
exec "$(java25)" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -cp "$root/tests/target/classes:$(< "$classpath")" org.openjdk.jmh.Main "$@"
