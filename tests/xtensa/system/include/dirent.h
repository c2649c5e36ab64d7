/* dirent - picolibc has none for this chip. There are files but no folders: scandir says ENOSYS. */
#ifndef XT_DIRENT_H
#define XT_DIRENT_H

struct dirent {
    char d_name[1];
};

int scandir(const char *path, struct dirent ***names, int (*expected)(const struct dirent *),
            int (*compare)(const struct dirent **, const struct dirent **));
int alphasort(const struct dirent **a, const struct dirent **b);

#endif
