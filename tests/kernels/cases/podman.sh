# Containers of podman with crun on overlay: one that ran before the recording, and one that starts
# and ends during it. Their programs have names, and the containers theirs.
for tool in podman crun conmon; do [ -x /usr/bin/$tool ] || skip "no $tool"; done
load_module overlay
mkdir -p /var/lib
mkdir tree
for folder in lib lib64 usr/lib programs; do
	[ -e /$folder ] && mkdir -p tree/$folder && cp -a /$folder/. tree/$folder/
done
mkdir -p tree/bin && cp /bin/flame tree/bin/
mkdir tree/proc tree/sys tree/dev tree/etc tree/tmp tree/run
podman() {
	timeout 200 /usr/bin/podman --storage-driver overlay --runtime /usr/bin/crun --cgroup-manager cgroupfs \
		--events-backend none "$@"
}
tar -C tree -cf tree.tar . && rm -r tree
podman import -q tree.tar flame/test:1 || skip "podman cannot import: $(podman import tree.tar flame/test:1 2>&1 | tail -n 3)"
rm tree.tar
podman run -d --name web1 --network=none --security-opt seccomp=unconfined flame/test:1 /programs/split 300 || fail "no container"
sleep 1
flame record -a -F 100 --no-svg -o x.data >out 2>said &
recorder=$!
sleep 5
podman run --rm --name web2 --network=none --security-opt seccomp=unconfined flame/test:1 /programs/spin 3
kill $recorder
wait $recorder || fail "$(cat said)"
podman kill web1 >/dev/null
flame fold --all x.data -o x.folded || fail "cannot be read"
if grep '^\(split\|spin\);' x.folded | grep -q '\[\(replaced\|unreadable\|unknown split\|unknown spin\)'; then
	fail "$(grep '^\(split\|spin\);' x.folded | grep '\[replaced\|\[unknown s' | head -n 5 | cut -c 1-200)"
fi
only_of split x.folded
only_of spin x.folded
at_least split_large 40 x.folded.split
at_least leaf 30 x.folded.spin
# flame inside of a container: refused by the default filter, and with what helps against that.
inside() { podman run --rm --network=none "$@" flame/test:1 /bin/flame record -a --no-svg -g fp -o /tmp/y.data 0.3; }
refused "seccomp filter" inside
works "CAP_SYS_PTRACE is missing" inside --cap-add=PERFMON --security-opt seccomp=unconfined
flame fold --by container x.data -o x.roots
for name in web1 web2; do
	function=$([ $name = web1 ] && echo split_round || echo leaf)
	grep ";$function" x.roots | grep -v "^[^;]*$name" | head -n 3 | cut -c 1-150 | grep . && fail "not in $name"
done
exit 0
