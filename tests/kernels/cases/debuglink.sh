# Stripped programs whose .gnu_debuglink leads to a FIFO, to a device without end, and to the debug
# file of another program: the recording ends, and nothing gets a wrong name.
[ -e /programs/linked_fifo ] || skip "no objcopy"
mkdir -p /programs/.debug
mkfifo /programs/.debug/linked_fifo.debug
mknod /programs/.debug/linked_zero.debug c 1 5
cp /programs/spin /programs/.debug/linked_other.debug
for kind in fifo zero other; do start /programs/linked_$kind 60; done
sleep 1
timeout 120 flame record -a -F 100 4 -o x.data >out 2>said || fail "$(cat said)"
[ -s x.svg ] || fail "no picture"
timeout 60 flame fold --all x.data -o x.folded || fail "cannot be read"
for kind in fifo zero other; do
	only_of linked_$kind x.folded
	grep -q ';leaf' x.folded.linked_$kind && fail "names of another file"
	at_least split_large 30 x.folded.linked_$kind # from its own dynamic symbols
done
exit 0
