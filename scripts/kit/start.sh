#!/bin/sh
# Sets up "GPT in TypeScript" from this kit, without a network, and opens it in JupyterLab.
# usage: sh start.sh [FOLDER]     FOLDER: where to put the project; default ~/gpt-in-typescript
set -eu
kit="$(cd "$(dirname "$0")" && pwd)"
project="${1:-$HOME/gpt-in-typescript}"
archive="$kit/project.tar.gz"
if ! command -v node >/dev/null; then
  echo "start.sh: Node is missing: README.txt says what has to be installed" >&2
  exit 1
fi
# package.json comes last and whole: where it is, everything else is.
if [ ! -e "$project/package.json" ]; then
  if ! gzip -t "$archive"; then
    echo "start.sh: $archive is damaged: copy the kit again" >&2
    exit 1
  fi
  mkdir -p "$project"
  unpack() {
    tar -xzf "$archive" -C "$project" --strip-components=1 --exclude=gpt-in-typescript/package.json
  }
  # Another start at the same moment may put a file where this one is about to: then once more.
  unpack 2>/dev/null || unpack
  tar -xzOf "$archive" gpt-in-typescript/package.json >"$project/package.json.$$.tmp"
  mv "$project/package.json.$$.tmp" "$project/package.json"
fi
cd "$project"
GPT_KIT="$kit" node scripts/setup/setup.mjs
echo "The project is in $project. Next time: cd there, and npm start"
exec node scripts/setup/start.mjs
