/* test_folder - a folder of a test's own below /tmp, and small things done in it. */
#ifndef TEST_FOLDER_H
#define TEST_FOLDER_H

#include <sys/types.h>

/* Makes and opens a folder; path has 64 bytes. >= 0 descriptor | -1. */
int test_folder_make(char *path);
/* Removes it with all that is in it. */
void test_folder_remove(const char *path);
void test_folder_write(int root, const char *name, const char *text);
/* Bytes of a file, -1 when there is none. */
off_t test_folder_size(int root, const char *name);

#endif
