#!/bin/sh
# Renews the SHA-256 of each file of each pinned Python package. Change a version in one of these
# files, run this, and commit what it writes.
# usage: sh scripts/setup/pin-hashes.sh     (needs uv: pip install uv)
set -eu
cd "$(dirname "$0")"
renew() {
  grep '^#' "$2" >"$2.tmp"
  sed -n 's/ *\\*$//; /^[A-Za-z0-9]/p' "$2" |
    uv pip compile --quiet --universal --no-deps --no-annotate --no-header --generate-hashes \
      --python-version "$1" - >>"$2.tmp"
  mv "$2.tmp" "$2"
}
renew 3.10 constraints.txt
renew 3.10 tensorflow.txt
renew 3.11 jupyterhub.txt
renew 3.11.5 ../site/requirements.txt
