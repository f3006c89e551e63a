#!/bin/sh
# run.sh BUILD_FOLDER WRITE_SVG chromium|firefox [TEST…]: runs the tests of this folder, or some of
# them ("diff" is diff.test.mjs), in a browser.
set -eu
source=$(cd "$(dirname "$0")" && pwd)
build=$1
export WRITE_SVG="$2"
export CHROMIUM="${CHROMIUM:-/usr/bin/chromium}"
browser=$CHROMIUM
if [ "$3" = firefox ]; then
	export FIREFOX="${FIREFOX:-/usr/bin/firefox-esr}"
	browser=$FIREFOX
fi

for tool in node npm "$browser"; do
	if ! command -v "$tool" >/dev/null; then
		echo "skipped: there is no $tool"
		exit 77
	fi
done

mkdir -p "$build"
cp "$source"/*.mjs "$source"/package.json "$build"
cd "$build"
if ! cmp -s "$source/package-lock.json" installed-lock.json; then
	cp "$source/package-lock.json" .
	PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
	cp "$source/package-lock.json" installed-lock.json
fi
shift 3
for test; do
	shift
	set -- "$@" "$test.test.mjs"
done
[ $# -gt 0 ] || set -- "$build"
exec node --test --test-concurrency=1 "$@"
