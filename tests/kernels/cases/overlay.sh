# Programs on an overlay file system: of the lower layer, and of the upper one.
load_module overlay
make_tree lower
mkdir upper work merged
mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged || skip "no overlay"
records_names merged
cp merged/programs/split copy && cp copy merged/programs/split
cp merged/programs/spin copy && cp copy merged/programs/spin
records_names merged
