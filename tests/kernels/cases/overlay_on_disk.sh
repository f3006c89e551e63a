# An overlay whose layers are on a disk, as those of containers are.
for module in loop ext4 overlay; do load_module $module; done
on_image mkfs.ext4 -q -F
mkdir image/upper image/work merged
mkdir image/lower && mv image/bin image/lib image/lib64 image/usr image/programs image/lower/
mount -t overlay overlay -o lowerdir=image/lower,upperdir=image/upper,workdir=image/work merged || skip "no overlay"
records_names merged
umount -l merged image
