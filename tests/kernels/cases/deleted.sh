# A program that was deleted while it ran, before the recording.
make_tree tree
start chroot tree /programs/split 60
sleep 1
rm tree/programs/split
flame record -a -F 200 4 --no-svg -o x.data || fail "no recording"
flame fold --all x.data -o x.folded
only_of split x.folded
at_least split_large 40 x.folded.split
