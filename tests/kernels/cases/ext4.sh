# Programs on ext4.
load_module loop
load_module ext4
on_image mkfs.ext4 -q -F
records_names image
umount -l image
