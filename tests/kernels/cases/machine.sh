# A recording of the whole machine names the functions of a program and of the kernel.
start /programs/split 60
flame record -a -F 200 4 -o x.data || fail "no recording"
flame fold --all x.data -o x.folded || fail "cannot be read"
only_of split x.folded
at_least split_large 30 x.folded.split
grep -q '_\[k\]' x.folded || fail "no kernel frames"
grep -q 'unknown kernel' x.folded && fail "kernel frames without names"
[ -s x.svg ] || fail "no picture"
exit 0
