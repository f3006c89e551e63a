#!/usr/bin/env bash
# build.sh SOURCE FOLDER PRESET [CMAKE OPTION…] -- TARGET… -- CTEST ARGUMENT…
# Configures PRESET in FOLDER, builds the targets (none: all) with warnings as errors, and runs the tests
# that the arguments choose (none: no test). Exit 77 without the preset's compiler.
set -u
source=$1 folder=$2 preset=$3
shift 3
options=() targets=()
while (($#)) && [[ $1 != -- ]]; do options+=("$1"); shift; done
shift
while (($#)) && [[ $1 != -- ]]; do targets+=("$1"); shift; done
shift
[[ $preset != clang ]] || command -v clang >/dev/null || exit 77
cmake -S "$source" -B "$folder" --preset "$preset" -DFLAME_WERROR=ON "${options[@]}" \
	>"$folder.log" 2>&1 || { tail -n 40 "$folder.log"; exit 1; }
ninja -C "$folder" "${targets[@]}" >"$folder.log" 2>&1 ||
	{ grep -E -A5 'error|FAILED' "$folder.log" | head -60; exit 1; }
((!$#)) || exec ctest --test-dir "$folder" --output-on-failure --no-tests=error "$@"
