# Read before each case of tests/kernels, which runs in an empty folder of its own. A case fails by
# fail(), or by its exit status; skip() ends it, too.
set -u

fail() {
	echo "$*"
	exit 1
}

skip() {
	echo "$*"
	exit 77
}

# Loads a kernel module and the modules that it needs; a module that is built in is there already.
load_module() {
	while read -r path; do
		insmod "$path" 2>/dev/null || :
	done <"/modules/$1.list"
}

# Runs a command during the case, and keeps its process id in $started.
start() {
	"$@" >/dev/null 2>&1 &
	started=$!
}

# share FUNCTION FILE: the samples of $FILE, folded text, in whose stacks the function is, in percent.
share() {
	awk -v name="$1" '{ n = $NF; all += n; if (index(";" $0, ";" name)) with += n }
		END { printf "%d\n", all ? 100 * with / all : 0 }' "$2"
}

# at_least FUNCTION PERCENT FILE
at_least() {
	found=$(share "$1" "$3")
	[ "$found" -ge "$2" ] || {
		head -n 20 "$3" | cut -c 1-300
		fail "only $found % of the samples are in $1, not $2 %"
	}
}

# only_of COMM FILE: the lines of folded text that are of this program.
only_of() {
	grep "^$1;" "$2" >"$2.$1" || fail "no samples of $1"
	echo "$2.$1"
}
