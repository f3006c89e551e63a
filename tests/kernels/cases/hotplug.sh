# A CPU that goes offline and comes back is sampled again, with the whole machine and with tasks; also
# one that was offline at the start, and one that is away for less than a second.
cpu=/sys/devices/system/cpu/cpu1/online
[ -w $cpu ] || skip "this CPU cannot go offline"
busybox taskset 1 true || skip "no taskset"

# samples_on_cpu1 FILE FROM: the samples of CPU 1 from that second to the end.
samples_on_cpu1() {
	flame fold --cpu 1 --time "$2," "$1" 2>/dev/null | awk '{ n += $NF } END { print n + 0 }'
}

# check FILE FROM: a busy CPU has 99 samples a second, on a slow machine fewer.
check() {
	n=$(samples_on_cpu1 "$1" "$2")
	[ "$n" -ge 5 ] || fail "only $n samples of CPU 1 in $1 after second $2"
}

# Programs that use CPU 1 whenever it is there: the kernel moves them, the loop moves them back.
start /programs/split 300
work=$started
start sh -c "while :; do busybox taskset -p 2 $work; sleep 0.2; done"

# Away for two seconds, and for no time at all.
for away in 2 0; do
	flame record -a -F 99 -o all.$away.data --no-svg 10 2>all.$away.log &
	all=$!
	flame record -p $work -F 99 -o task.$away.data --no-svg 10 2>task.$away.log &
	task=$!
	sleep 2
	echo 0 >$cpu
	sleep $away
	echo 1 >$cpu
	wait $all || fail "$(cat all.$away.log)"
	wait $task || fail "$(cat task.$away.log)"
	check all.$away.data 6
	check task.$away.data 6
done
grep -q 'CPUs (1\.[5-9][0-9]* online on average)' all.2.log || fail "$(cat all.2.log)"
grep -q 'CPU time: .* [0-9.]* % of the machine' all.2.log || fail "$(cat all.2.log)"

# Offline at the start. The command starts a process before the CPU comes.
echo 0 >$cpu
flame record -a -F 99 -o all.data --no-svg 16 2>all.log &
all=$!
flame record -F 99 -o command.data --no-svg 16 -- sh -c '/programs/split 300; true' 2>command.log &
command=$!
sleep 2
echo 1 >$cpu
work=$(pidof split | tr ' ' '\n' | sort -n | tail -n 1)
start sh -c "while :; do busybox taskset -p 2 $work; sleep 0.2; done"
wait $all || fail "$(cat all.log)"
wait $command
check all.data 6
check command.data 6
exit 0
