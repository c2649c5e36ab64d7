/* oc_mp4_file - an open file as the source of an MP4 reader: replay, playback and repair read
 * through it. Blocks while it reads: not for the media thread. */
#ifndef OC_MP4_FILE_H
#define OC_MP4_FILE_H

#include "oc_mp4_read.h"

/* fd: open for reading, owned by callee also when it fails; out->size is its size now. OC_OK |
 * OC_ERR_NOTSUP it is no regular file, and is closed. */
int oc_mp4_file_open(oc_mp4_source_t *out, int fd);
/* Closes the file of a source that was opened. context: not looked at, for tables of functions. */
void oc_mp4_file_close(void *context, oc_mp4_source_t *source);

/* A number for what the path names: another one when its content was changed or another file has
 * the name (device, inode, size, time of the last change). 0: nothing can be said. */
uint64_t oc_mp4_file_version(const char *path);

#endif
