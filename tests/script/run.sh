#!/bin/sh
# run.sh WRITE_SVG FLAME: runs the tests of this folder.
set -eu
export WRITE_SVG="$1" FLAME="$2"
if ! command -v node >/dev/null; then
	echo "skipped: there is no node"
	exit 77
fi
exec node --test "$(dirname "$0")"
