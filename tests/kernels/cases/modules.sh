# Functions of kernel modules have their names and their module, at the addresses that the kernel
# chose at random.
load_module loop
load_module xfs
truncate -s 400M disk
mkfs.xfs -q disk >mkfs.log 2>&1 || skip "cannot make the image: $(tail -n 1 mkfs.log)"
mkdir image
mount -o loop disk image || skip "cannot mount the image"
grep -q '^xfs ' /proc/modules || skip "xfs is built in"
grep -q ' nokaslr' /proc/cmdline && fail "the kernel is not at a random address"
start sh -c 'while :; do for i in 1 2 3 4 5 6 7 8 9; do mkdir image/$i; done; rm -r image/[1-9]; done'
flame record -a -F 400 6 --no-svg -g fp -o x.data >out 2>said || fail "$(cat said)"
kill $started
flame fold --all x.data -o x.folded || fail "cannot be read"
grep -q ';xfs_[a-z_.0-9]*_\[k\]' x.folded || fail "no functions of the module"
grep -q 'unknown kernel\|unknown xfs' x.folded && fail "kernel frames without names"
flame report -n 0 x.data 2>/dev/null | grep -q ' xfs_.* xfs$' || fail "the functions lack their module"
umount -l image
exit 0
