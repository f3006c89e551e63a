# Programs on squashfs, as those of snaps and live systems.
[ -e /images/tree.squashfs ] || skip "no mksquashfs"
load_module loop
load_module squashfs
mkdir image
mount -t squashfs -o loop /images/tree.squashfs image || skip "cannot mount the image"
records_names image
umount -l image
