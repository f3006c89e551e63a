/* The reason why a dso's file cannot be opened. A larger one explains more. */
#pragma once

enum dso_trouble {
	DSO_NO_TROUBLE,
	DSO_GONE,	/* no file at the path that can be mapped code */
	DSO_UNVERIFIED, /* the dso has neither build id nor inode */
	DSO_DENIED,	/* not permitted */
	DSO_NO_ROOM,	/* this process, or the machine, has too many open files */
	DSO_REPLACED,	/* another file at the path */
	DSO_UNREADABLE, /* a process that read the file died of it */
	DSO_LATE,	/* not looked up: time was over */
	DSO_HUNG,	/* its file system does not answer */
};
