#include "oc_app_archives.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_app_needs.h"
#include "oc_archive.h"
#include "oc_err.h"

static void drop(oc_app_archive_t *archive) {
    if (archive->owned)
        free((void *)archive->data);
    *archive = (oc_app_archive_t){0};
}

static bool same(const oc_app_archive_t *archive, const uint8_t *data, size_t size) {
    return archive->data && archive->size == size && memcmp(archive->data, data, size) == 0;
}

int oc_app_archives_check(const uint8_t *data, size_t size, char *why, size_t why_size) {
    oc_archive_info_t info;
    oc_app_needs_t needs;
    const char *wrong = oc_archive_check(data, size, &info);
    if (!wrong && info.natives)
        wrong = "names C functions";
    if (wrong) {
        snprintf(why, why_size, "%s", wrong);
        return OC_ERR_FORMAT;
    }
    return oc_app_needs_read(data, size, &needs, why, why_size);
}

void oc_app_archives_withdraw(oc_app_archives_t *archives) {
    drop(&archives->next);
    atomic_store(&archives->waiting, false);
}

int oc_app_archives_offer(oc_app_archives_t *archives, const uint8_t *data, size_t size,
                          bool always) {
    oc_app_archives_withdraw(archives);
    if (!always && same(&archives->now, data, size))
        return OC_OK;
    uint8_t *copy = malloc(size);
    if (!copy)
        return OC_ERR_NOMEM;
    memcpy(copy, data, size);
    archives->next = (oc_app_archive_t){copy, size, true};
    atomic_store(&archives->waiting, true);
    return OC_OK;
}

bool oc_app_archives_take(oc_app_archives_t *archives) {
    if (!archives->next.data)
        return false;
    drop(&archives->before);
    archives->before = archives->now;
    archives->now = archives->next;
    archives->next = (oc_app_archive_t){0};
    atomic_store(&archives->waiting, false);
    return true;
}

bool oc_app_archives_settle(oc_app_archives_t *archives, bool good) {
    if (good) {
        drop(&archives->before);
        return true;
    }
    if (!archives->before.data)
        return false;
    drop(&archives->now);
    archives->now = archives->before;
    archives->before = (oc_app_archive_t){0};
    return true;
}

void oc_app_archives_clear(oc_app_archives_t *archives) {
    drop(&archives->now);
    drop(&archives->next);
    drop(&archives->before);
}
