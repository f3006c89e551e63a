# A kernel that is locked down, first for its integrity, then also against reading it.
mount -t securityfs security /sys/kernel/security 2>/dev/null
state=/sys/kernel/security/lockdown
[ -w $state ] || skip "this kernel has no lockdown"
start /programs/split 600
for level in integrity confidentiality; do
	echo $level >$state
	grep -q "\[$level\]" $state || fail "not locked down: $(cat $state)"
	flame record -a -F 200 3 --no-svg -o $level.data 2>said || fail "$(cat said)"
	grep -q "CAP_\|no names" said && fail "$(cat said)"
	flame fold --all $level.data -o x.folded || fail "cannot be read"
	only_of split x.folded
	at_least split_large 30 x.folded.split
	grep -q '_\[k\]' x.folded || fail "no kernel frames"
	grep -q 'unknown kernel' x.folded && fail "kernel frames without names"
done
kill $started
exit 0
