# The names of control groups as container runtimes and systemd make them, and from inside of a
# container. Each group has a process. With 'version' 1 the groups are of version 1, beside version 2.
id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
other=fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210
pod=6e3a0445_61f2_4b1e_a689_712bc1c8cf47
dashes=6e3a0445-61f2-4b1e-a689-712bc1c8cf47
user=user.slice/user-1000.slice/user@1000.service

# PATH NAME
forms() {
	cat <<-END
	docker/$id docker 0123456789ab
	system.slice/docker-$id.scope docker 0123456789ab
	system.slice/docker-$other.scope/system.slice/nginx.service docker fedcba987654 nginx.service
	$user/user.slice/docker-$id.scope docker 0123456789ab
	libpod_parent/libpod-$id podman 0123456789ab
	machine.slice/libpod-$id.scope/container podman 0123456789ab
	$user/user.slice/libpod-$other.scope/container podman fedcba987654
	machine.slice/machine-libpod_pod_$other.slice/libpod-$id.scope podman 0123456789ab pod fedcba987654
	kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod$pod.slice/cri-containerd-$id.scope containerd 0123456789ab pod 6e3a0445
	kubepods/besteffort/pod$dashes/$id container 0123456789ab pod 6e3a0445
	kubepods.slice/kubepods-pod$pod.slice/crio-$id.scope/container cri-o 0123456789ab pod 6e3a0445
	kubepods/burstable/pod$dashes/crio-$other cri-o fedcba987654 pod 6e3a0445
	docker/$other/kubelet.slice/kubelet-kubepods-pod$pod.slice/cri-containerd-$id.scope containerd 0123456789ab pod 6e3a0445
	ecs/9f3c2c3a7b5d4e6f/$id ecs 0123456789ab
	lxc.payload.web lxc web
	lxc/web2/ns/system.slice/nginx.service lxc web2 nginx.service
	machine.slice/systemd-nspawn@web.service/payload nspawn web
	machine.slice/machine-web\\x2d1.scope/payload/system.slice/nginx.service nspawn web-1 nginx.service
	payload nspawn payload
	system.slice/nginx.service host nginx.service
	user.slice/user-1000.slice/session-2.scope host session 2 of uid 1000
	batch/night host batch/night
	END
}

# The processes in them have ended.
groups_remove() {
	sleep 1
	find "$1" -mindepth 1 -depth -type d -exec rmdir {} \; 2>/dev/null
}

# check FOLDER: makes the groups in a hierarchy, and records all processes.
check() {
	forms | while read -r path _; do
		mkdir -p "$1/$path"
		sh -c "echo \$\$ >'$1/$path/cgroup.procs'; exec /programs/split 300" >/dev/null 2>&1 &
		echo $! >>pids
	done
	sleep 2
	flame record -a -g none --name-time 1 -F 49 -o all.data --no-svg 10 2>all.log ||
		fail "$(cat all.log)"
	kill $(cat pids)
	rm pids
	flame fold --by container,comm all.data 2>/dev/null | grep ';split' | cut -d ';' -f 1 |
		tr _ ' ' | sort -u >found
	forms | cut -d ' ' -f 2- | sort -u >expected
	cmp -s found expected || fail "$1: $(diff found expected)"
}

if [ "${version:-2}" = 1 ]; then
	mkdir -p v1
	mount -t cgroup -o perf_event none "$PWD/v1" || skip "no cgroup version 1"
	check "$PWD/v1"
	groups_remove v1
	umount v1
	exit 0
fi

# Until a controller is on, the kernel takes all processes for those of the topmost group.
echo +pids >/sys/fs/cgroup/cgroup.subtree_control || skip "no controllers"
check /sys/fs/cgroup

# From inside of a container with namespaces of its own.
mkdir -p "/sys/fs/cgroup/docker/$id"
cat >inside.sh <<-END
	umount /sys/fs/cgroup
	mount -t cgroup2 none /sys/fs/cgroup
	mkdir -p /sys/fs/cgroup/system.slice/nginx.service
	sh -c 'echo \$\$ >/sys/fs/cgroup/system.slice/nginx.service/cgroup.procs; exec /programs/split 300' &
	sleep 1
	flame record -p \$! -g none --name-time 1 -o $PWD/in.data --no-svg 5
	kill \$!
END
sh -c "echo \$\$ >/sys/fs/cgroup/docker/$id/cgroup.procs
	exec /usr/bin/unshare --cgroup --mount --uts sh -c 'hostname inner; sh $PWD/inside.sh'" >in.log 2>&1
flame fold --by container in.data 2>/dev/null | cut -d ';' -f 1 | tr _ ' ' | sort -u >found
[ "$(cat found)" = "container (host name inner) nginx.service" ] || fail "$(cat found in.log)"
groups_remove /sys/fs/cgroup
exit 0
