#!/usr/bin/env bash
# The server beside nginx, which serves a file of the same bytes: JSON lines. 64 connections that stay ask for the best
# 7 neighbors of many entities, two threads on either side; a writer adds triples meanwhile. Both write a log of
# requests. Needs wrk and nginx.
# usage: serve.sh BUILD STORE [REQUESTS [SECONDS]]    STORE is copied; REQUESTS: of the last part, for its memory
set -eu
build=$1 store=$2 requests=${3:-1000000} seconds=${4:-5}
scratch=$(mktemp -d)
chmod 755 "$scratch" # nginx reads it as another user
kg=$build/cli/kg
for tool in wrk nginx curl; do
    command -v $tool >/dev/null || { echo "{\"bench\":\"serve\",\"skipped\":\"$tool is not installed\"}"; exit 0; }
done
trap 'kill $server $writer $peer 2>/dev/null; wait 2>/dev/null; rm -rf "$scratch"' EXIT
server='' writer='' peer=''

"$kg" backup "$store" "$scratch/store" >/dev/null
"$kg" serve "$scratch/store" --port 0 --threads 2 --log "$scratch/log" >"$scratch/address" &
server=$!
until [[ -s $scratch/address ]]; do sleep 0.05; done
base=$(cat "$scratch/address")

# Entities as wrk asks for them, one after the other.
curl -s "${base}cypher" -H 'Content-Type: application/json' \
    -d '{"query": "MATCH (n) RETURN n.id LIMIT 2000"}' | grep '^\[' | sed 's/^\["//; s/"\]$//' >"$scratch/names"
cat >"$scratch/ask.lua" <<'END'
local paths, at = {}, 0
init = function(arguments)
    for name in io.lines(arguments[1]) do
        paths[#paths + 1] = "/neighbours?k=7&name=" .. name:gsub("[^%w]", function(c) return string.format("%%%02X", c:byte()) end)
    end
end
request = function()
    at = at % #paths + 1
    return wrk.format("GET", paths[at])
end
END
curl -s "${base}neighbours?k=7" --get --data-urlencode "name=$(sed -n 7p "$scratch/names")" >"$scratch/top.json"
cat >"$scratch/nginx.conf" <<END
worker_processes 2;
daemon off;
pid $scratch/nginx.pid;
events { worker_connections 1024; }
http {
    access_log $scratch/access.log;
    sendfile on;
    keepalive_requests 1000000000;
    default_type application/json;
    client_body_temp_path $scratch/b; proxy_temp_path $scratch/p; fastcgi_temp_path $scratch/f;
    uwsgi_temp_path $scratch/u; scgi_temp_path $scratch/s;
    server { listen 127.0.0.1:7499; root $scratch; }
}
END
nginx -p "$scratch" -c "$scratch/nginx.conf" -e "$scratch/error.log" &
peer=$!
until curl -s -o /dev/null http://127.0.0.1:7499/top.json; do sleep 0.05; done

# load NAME URL [SCRIPT ARGUMENT]: what wrk measured, as JSON.
load() {
    wrk -t1 -c64 -d"$seconds" --latency ${3:+-s "$3"} "$2" -- ${4:-} | awk -v name="$1" '
        function ms(t) { return t ~ /us$/ ? t / 1000 : t ~ /ms$/ ? t + 0 : t * 1000 }
        / 50%/ { half = ms($2) } / 99%/ { most = ms($2) } /^Requests\/sec/ { rate = $2 } /Non-2xx/ { bad = $NF }
        END { printf "{\"bench\":\"%s\",\"requests_s\":%.0f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"p99_to_p50\":%.1f,\"errors\":%d}\n",
            name, rate, half, most, most / half, bad }'
}

for round in 1 2 3; do
    load nginx_file http://127.0.0.1:7499/top.json | tee -a "$scratch/figures"
    load serve_top7 "$base" "$scratch/ask.lua" "$scratch/names" | tee -a "$scratch/figures"
done
n=0
while :; do
    "$kg" add "$scratch/store" "written $((++n))" mentions "written $((n / 2))" >/dev/null
    sleep 0.1
done &
writer=$!
load serve_top7_and_writer "$base" "$scratch/ask.lua" "$scratch/names" | tee -a "$scratch/figures"
kill $writer
wait $writer 2>/dev/null || true
awk -F'[:,]' '/nginx_file/ { theirs += $4 } /serve_top7"/ { ours += $4 }
    END { printf "{\"bench\":\"serve_to_nginx\",\"ratio\":%.2f,\"bar\":0.5}\n", ours / theirs }' "$scratch/figures"

resident() { awk '/VmRSS/ { print $2 }' "/proc/$server/status"; }
asked() { wc -l <"$scratch/log"; }
before=$(resident) begun=$(asked)
while [[ $(($(asked) - begun)) -lt $requests ]]; do
    wrk -t1 -c64 -d5 -s "$scratch/ask.lua" "$base" -- "$scratch/names" >/dev/null
done
echo "{\"bench\":\"serve_memory\",\"requests\":$(($(asked) - begun)),\"resident_kb_before\":$before,\"resident_kb_after\":$(resident)}"
