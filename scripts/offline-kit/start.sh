#!/bin/sh
# Sets up "GPT in TypeScript" from this kit, without a network, and opens it in JupyterLab.
# usage: sh start.sh [FOLDER]     FOLDER: where to put the project; default ~/gpt-in-typescript
set -eu
kit="$(cd "$(dirname "$0")" && pwd)"
project="${1:-$HOME/gpt-in-typescript}"
if ! command -v node >/dev/null; then
  echo "start.sh: Node is missing: README.txt says what has to be installed" >&2
  exit 1
fi
if [ ! -e "$project/package.json" ]; then
  mkdir -p "$project"
  tar -xzf "$kit/project.tar.gz" -C "$project" --strip-components=1
fi
cd "$project"
GPT_KIT="$kit" node scripts/setup.mjs
echo "The project is in $project. Next time: cd there, and npm start"
exec node scripts/start.mjs
