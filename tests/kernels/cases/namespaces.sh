# A program in mount, pid and cgroup namespaces of its own, with a root that nobody else has.
[ -x /usr/bin/unshare ] || skip "no unshare"
make_tree lower
mkdir tree
inside="mount -t tmpfs none tree && cp -a lower/. tree/ && exec chroot tree /programs/split 60"
start /usr/bin/unshare --mount --pid --cgroup --fork --kill-child sh -c "$inside"
outside=$started
sleep 8
[ -e tree/programs ] && fail "the mount is not private"
flame record -a -F 200 5 --no-svg -o x.data >out 2>said || fail "$(cat said)"
kill -9 $outside
flame fold --all x.data -o x.folded || fail "cannot be read"
only_of split x.folded
at_least split_large 30 x.folded.split
grep -q 'replaced\|unknown split' x.folded.split && fail "$(head -n 5 x.folded.split)"
exit 0
