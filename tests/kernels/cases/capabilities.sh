# Missing capabilities, a user namespace, kptr_restrict, locked memory: a recording works, or is
# refused with its cause, and names what it lacks.
[ -x /usr/bin/setpriv ] || skip "no setpriv"
chmod 777 .

# with CAPABILITIES: the whole machine, as an ordinary user with these.
with() {
	/usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps="-all$1" --ambient-caps="-all$1" \
		flame record -a $quick
}
paranoid 3
refused "requires CAP_SYS_ADMIN, not only CAP_PERFMON" with ,+perfmon
works "CAP_SYS_PTRACE is missing" with ,+sys_admin
paranoid 2
works "perf_event_paranoid is 2 or more and CAP_SYSLOG is missing" with ,+perfmon
works "CAP_CHECKPOINT_RESTORE is missing: programs that were deleted" with ,+perfmon,+sys_ptrace,+syslog
works "" with ,+perfmon,+sys_ptrace,+syslog,+checkpoint_restore
echo 1 >/proc/sys/kernel/kptr_restrict
works "kptr_restrict is 1 and CAP_SYSLOG is missing" with ,+perfmon,+sys_ptrace,+checkpoint_restore
works "" flame record -a $quick
echo 2 >/proc/sys/kernel/kptr_restrict
works "kptr_restrict is 2" flame record -a $quick
echo 0 >/proc/sys/kernel/kptr_restrict

# Root of a user namespace: its capabilities do not count.
refused "user namespace (rootless container) do not count" \
	/usr/bin/unshare --user --map-root-user flame record -a $quick
works "kernel's part is left out" \
	/usr/bin/unshare --user --map-root-user flame record --no-svg -g fp -o x.data -- /programs/split 0.3

# Locked memory.
mlock=$(cat /proc/sys/kernel/perf_event_mlock_kb)
echo 0 >/proc/sys/kernel/perf_event_mlock_kb
refused "perf_event_mlock_kb is 0, and CAP_IPC_LOCK is missing" sh -c "ulimit -l 0; $ordinary flame record --no-svg -o y.data -- /programs/split 0.3"
echo "$mlock" >/proc/sys/kernel/perf_event_mlock_kb

# A /proc/sys that cannot be changed, and a machine without tracefs.
umount /sys/kernel/tracing 2>/dev/null
works "" /usr/bin/unshare --mount sh -c "mount -o remount,ro,bind /proc/sys 2>/dev/null || { mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys; }; flame record -a $quick"
exit 0
