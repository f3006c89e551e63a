# Programs on btrfs.
load_module loop
load_module btrfs
on_image mkfs.btrfs -q
records_names image
umount -l image
