#!/usr/bin/env bash
# Starts moto on a port of this machine: a CloudFront that nobody here wrote. Without a `moto_server`, installs Debian's
# package as root. A stable Debian may lack it: then it is unpacked from Debian sid into a folder of its own, and only the
# libraries that it needs are installed.
set -euo pipefail
port=$1
export DEBIAN_FRONTEND=noninteractive

start() { exec "$@" -H 127.0.0.1 -p "$port"; }
if command -v moto_server >/dev/null; then start moto_server; fi

if apt-cache show python3-moto >/dev/null 2>&1; then
  apt-get install -y -qq --no-install-recommends python3-moto >/dev/null
  start moto_server
fi

libraries=(python3-boto3 python3-cryptography python3-flask python3-requests python3-responses python3-xmltodict)
if ! /usr/bin/python3 -c 'import boto3, cryptography, flask, requests, responses, xmltodict' 2>/dev/null; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${libraries[@]}" >/dev/null
fi
unpacked=/var/cache/vite-distill-moto
if [ ! -d "$unpacked" ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  mkdir -p "$folder"/{sources,lists/partial,cache/archives/partial}
  sed 's/^Suites:.*/Suites: sid/' /etc/apt/sources.list.d/debian.sources |
    awk 'BEGIN { RS = "" } NR == 1' >"$folder/sources/sid.sources"
  sid() {
    apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$folder/sources" \
      -o Dir::State::lists="$folder/lists" -o Dir::Cache="$folder/cache" -o APT::Sandbox::User=root "$@"
  }
  cd "$folder"
  sid update
  sid download python3-moto
  dpkg -x python3-moto_*.deb unpacked
  mv unpacked "$unpacked"
  cd /
  rm -rf "$folder"
fi
export PYTHONPATH="$unpacked/usr/lib/python3/dist-packages"
start /usr/bin/python3 "$unpacked/usr/bin/moto_server"
