# Each value of perf_event_paranoid, for an ordinary user: a recording works, or is refused with its
# cause, and names what it lacks.
[ -x /usr/bin/setpriv ] || skip "no setpriv"
chmod 777 .
start /programs/split 1000
other=$started
start $ordinary /programs/split 1000
own=$started
sleep 1

# As an ordinary user: the machine, an own process, a process of root.
of_machine() { $ordinary flame record -a $quick; }
of_own() { $ordinary flame record -p $own $quick; }
of_other() { $ordinary flame record -p $other $quick; }

for level in 4 3; do
	paranoid $level
	for what in of_machine of_own of_other; do
		refused "perf_event_paranoid is $level, CAP_PERFMON is missing, and sudo cannot" $what
	done
done
for level in 2 1; do
	paranoid $level
	refused "perf_event_paranoid is $level" of_machine
	refused "process $other: it belongs to user 0" of_other
done
paranoid 2
works "kernel's part is left out: kernel.perf_event_paranoid is 2" of_own
for level in 1 0 -1; do
	paranoid $level
	works "" of_own
done
for level in 0 -1; do
	paranoid $level
	works "CAP_SYS_PTRACE is missing: processes of other users" of_machine
	refused "process $other: it belongs to user 0" of_other
done
kill $own $other
exit 0
