#!/usr/bin/env bash
# A blob in the node's store served by the mirror against the same bytes served by nginx with sendfile: alternating
# runs, medians. CPU is that of the serving process, over several reads a run: the clock of /proc ticks every 10 ms.
# Usage: warm.sh [ROUNDS=5] [MIB=1024]
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
rounds=${1:-5} mib=${2:-1024}

readonly READS=4

measure() { # PID URL: sets $rate (MB/s) and $cpu (CPU s/GiB of the server), over READS reads
    local before size seconds total=0 i
    before=$(cpu_seconds "$1")
    for ((i = 0; i < READS; i++)); do
        read -r size seconds < <(curl -sSf -o /dev/null -w '%{size_download} %{time_total}\n' "$2")
        [[ $size == $((mib * 1048576)) ]] || die "$2 gave $size bytes"
        total=$(calc "$total + $seconds" 6)
    done
    cpu=$(calc "($(cpu_seconds "$1") - $before) / ($READS * $size / 1073741824)")
    rate=$(calc "$READS * $size / $total / 1000000" 1)
}

begin nginx
start_registry
start_supernode
start_node node
push_random "$mib"
mkdir "$work/www" "$work/nginx"
curl -sSf -o "$work/www/blob" "$(blob_url node "$digest")"
pick_port
cat > "$work/nginx.conf" <<CONFIG
daemon off; master_process off; pid $work/nginx/pid; error_log $work/nginx/error.log;
events {}
http {
    access_log off; sendfile on; tcp_nopush on;
    client_body_temp_path $work/nginx/body; proxy_temp_path $work/nginx/proxy; fastcgi_temp_path $work/nginx/fastcgi;
    uwsgi_temp_path $work/nginx/uwsgi; scgi_temp_path $work/nginx/scgi;
    server { listen 127.0.0.1:$port; root $work/www; }
}
CONFIG
[[ $EUID != 0 ]] || sed -i '1i user root;' "$work/nginx.conf"
run nginx nginx -e "$work/nginx/error.log" -c "$work/nginx.conf"
nginx_url=http://127.0.0.1:$port/blob
await_ready nginx "$nginx_url"

mirror_rates='' mirror_cpus='' nginx_rates='' nginx_cpus=''
for ((i = -1; i < rounds; i++)); do
    measure "${pid_of[node]}" "$(blob_url node "$digest")"
    ((i < 0)) || { mirror_rates+=$rate$'\n'; mirror_cpus+=$cpu$'\n'; }
    measure "${pid_of[nginx]}" "$nginx_url"
    ((i < 0)) || { nginx_rates+=$rate$'\n'; nginx_cpus+=$cpu$'\n'; }
done
mirror_rate=$(printf '%s' "$mirror_rates" | median) nginx_rate=$(printf '%s' "$nginx_rates" | median)
mirror_cpu=$(printf '%s' "$mirror_cpus" | median) nginx_cpu=$(printf '%s' "$nginx_cpus" | median)
line 'mirror, MB/s' "$mirror_rate"
line 'nginx, MB/s' "$nginx_rate"
line 'mirror, CPU s/GiB' "$mirror_cpu"
line 'nginx, CPU s/GiB' "$nginx_cpu"
promise 'rate, mirror / nginx' "$(calc "$mirror_rate / $nginx_rate" 2)" '>=' 0.8
promise 'CPU a GiB, mirror / nginx' "$(calc "$mirror_cpu / ($nginx_cpu > 0 ? $nginx_cpu : 0.001)" 2)" '<=' 1.5
exit "$verdict"
