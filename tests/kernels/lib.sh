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

# only_of COMM FILE: writes the lines of folded text that are of this program to FILE.COMM.
only_of() {
	grep "^$1;" "$2" >"$2.$1" || fail "no samples of $1"
}

# make_tree FOLDER: the programs and libraries of this machine, for chroot.
make_tree() {
	mkdir -p "$1"
	for folder in bin lib lib64 usr programs; do cp -a "/$folder" "$1/"; done
}

# records_names ROOT: records a program in ROOT that ran before, and one that starts during the
# recording and ends with it. Both must have the names of their functions.
records_names() {
	start chroot "$1" /programs/split 60
	sleep 1
	flame record -a -F 200 12 --no-svg -o x.data &
	recorder=$!
	sleep 3
	chroot "$1" /programs/spin 3 >/dev/null
	wait $recorder || fail "no recording"
	kill $started
	flame fold --all x.data -o x.folded || fail "cannot be read"
	if grep '^\(split\|spin\);' x.folded | grep -q '\[\(replaced\|unreadable\|unknown split\|unknown spin\)'; then
		grep '^\(split\|spin\);' x.folded | grep -o '\[\(replaced\|unreadable\|unknown\)[^]]*.' | sort | uniq -c
		fail "frames without names"
	fi
	only_of split x.folded
	only_of spin x.folded
	at_least split_large 40 x.folded.split
	at_least leaf 30 x.folded.spin
}

# on_image COMMAND…: makes an image of 400 MB by the command, and mounts it on ./image with all programs.
on_image() {
	truncate -s 400M disk
	"$@" disk >mkfs.log 2>&1 || skip "cannot make the image: $(tail -n 1 mkfs.log)"
	mkdir image
	mount -o loop disk image || skip "cannot mount the image"
	make_tree image
}

# refused TEXT COMMAND…: the command fails with this text in its message.
refused() {
	expected=$1
	shift
	"$@" >out 2>said && fail "not refused: $*"
	grep -q -- "$expected" said || fail "$(cat said): not $expected"
}

# works TEXT COMMAND…: the command works and says this; an empty text: nothing of permissions.
works() {
	expected=$1
	shift
	"$@" >out 2>said || fail "$* fails: $(cat said)"
	if [ "$expected" ]; then
		grep -q -- "$expected" said || fail "$(cat said): not $expected"
	else
		grep -q "CAP_\|paranoid\|kptr" said && fail "$(cat said)"
	fi
}

# The value of kernel.perf_event_paranoid.
paranoid() { echo "$1" >/proc/sys/kernel/perf_event_paranoid; }

quick="--no-svg -g fp -F 49 -o x.data 0.3" # options of a short recording
ordinary="/usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all"
