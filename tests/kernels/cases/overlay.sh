# A program on an overlay file system, which ran before the recording began, has its names.
load_module overlay
mkdir lower upper work merged
for folder in bin lib lib64 usr programs; do cp -a /$folder lower/; done
mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged || skip "no overlay"
start chroot merged /programs/split 60
sleep 1
flame record -a -F 200 4 --no-svg -o x.data || fail "no recording"
flame fold --all x.data -o x.folded
grep -q '\[replaced' x.folded && fail "a file is called replaced: $(grep -o '\[replaced[^]]*' x.folded | sort | uniq -c)"
at_least split_large 30 "$(only_of split x.folded)"
