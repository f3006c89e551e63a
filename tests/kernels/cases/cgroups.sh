# Containers by the path of their cgroup: version 2, and the hybrid layout of systemd.
id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

# of_group FOLDER NAME: a program in this group has the root NAME.
of_group() {
	mkdir -p "$1" || fail "cannot make $1"
	start sh -c "echo \$\$ >$1/cgroup.procs; exec /programs/split 60"
	sleep 2
	flame record -a -F 100 3 --no-svg -o x.data >out 2>said || fail "$(cat said)"
	kill $started
	flame fold --by container x.data -o x.folded || fail "cannot be read"
	grep split_round x.folded | grep -q "^$2" || fail "not $2: $(grep split_round x.folded | head -n 3 | cut -c 1-200) $(head -n 3 x.folded | cut -c 1-200)"
}

# As systemd does; before, the kernel has no cgroups for perf events.
echo +pids >/sys/fs/cgroup/cgroup.subtree_control || skip "no controllers"
of_group /sys/fs/cgroup/system.slice/docker-$id.scope "docker_0123456789ab"
of_group /sys/fs/cgroup/system.slice/web.service "host_web.service"
umount -l /sys/fs/cgroup
mount -t tmpfs none /sys/fs/cgroup
mkdir /sys/fs/cgroup/unified /sys/fs/cgroup/cpu /sys/fs/cgroup/freezer
mount -t cgroup2 none /sys/fs/cgroup/unified || fail "no version 2"
mount -t cgroup -o cpu none /sys/fs/cgroup/cpu && mount -t cgroup -o freezer none /sys/fs/cgroup/freezer ||
	skip "this kernel has no version 1"
mkdir -p /sys/fs/cgroup/cpu/docker/$id
of_group /sys/fs/cgroup/unified/machine.slice/libpod-$id.scope "podman_0123456789ab"
umount -l /sys/fs/cgroup/unified /sys/fs/cgroup/cpu /sys/fs/cgroup/freezer /sys/fs/cgroup
mount -t cgroup2 cgroup /sys/fs/cgroup
exit 0
