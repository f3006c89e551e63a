/* Why a file could not be had, by how much that explains, least first. */
#pragma once

enum dso_trouble {
	DSO_NO_TROUBLE,
	DSO_GONE, /* nothing stands at the path, or nothing that could be mapped code */
	DSO_UNVERIFIED, /* neither build id nor inode is known of it */
	DSO_DENIED,	/* not permitted */
	DSO_REPLACED,	/* another file stands at the path */
};
