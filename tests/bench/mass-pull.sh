#!/usr/bin/env bash
# What a mass pull promises on 16 hosts in network namespaces; exits with status 1 if a promise is broken. Needs root.
# Usage: mass-pull.sh [FLAG of lighter bench mass-pull...]
set -euo pipefail
exec "$(dirname "${BASH_SOURCE[0]}")/../../lighter" bench mass-pull \
    --size 512MiB --max-last 1.20 --max-upstream 1.02 --max-supernode 2.0 "$@"
