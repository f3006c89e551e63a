# Programs on xfs.
load_module loop
load_module xfs
on_image mkfs.xfs -q
records_names image
umount -l image
