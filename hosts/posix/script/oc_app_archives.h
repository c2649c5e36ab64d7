/* oc_app_archives - the archive that scripts are made from, the one that shall replace it, and the
 * one before, until the new one has been mapped. The caller's lock is around everything that any
 * thread may call. */
#ifndef OC_APP_ARCHIVES_H
#define OC_APP_ARCHIVES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An archive; `owned`: freed with them. */
typedef struct oc_app_archive {
    const uint8_t *data;
    size_t size;
    bool owned;
} oc_app_archive_t;

/* All zero but `now`: its first application. */
typedef struct oc_app_archives {
    oc_app_archive_t now, next, before;
    _Atomic bool waiting; /* next is there. Any thread, without the lock */
} oc_app_archives_t;

/* Whether this host could map an archive: 0 | OC_ERR_FORMAT; why has one line. Any thread, without
 * the lock. */
int oc_app_archives_check(const uint8_t *data, size_t size, char *why, size_t why_size);
/* Copies a checked archive as the next one, in place of one that waits already. OK, also for the
 * archive that runs, which does nothing unless `always` | OC_ERR_NOMEM. Any thread, under the lock.
 */
int oc_app_archives_offer(oc_app_archives_t *archives, const uint8_t *data, size_t size,
                          bool always);
/* The next archive is not needed any more. Under the lock. */
void oc_app_archives_withdraw(oc_app_archives_t *archives);
/* The next becomes the one that scripts are made from. False: none waits. Under the lock. */
bool oc_app_archives_take(oc_app_archives_t *archives);
/* The one that was taken works (`good`), or the one before is used again. False: there is none.
 * Under the lock. */
bool oc_app_archives_settle(oc_app_archives_t *archives, bool good);
/* Frees what is owned. */
void oc_app_archives_clear(oc_app_archives_t *archives);

#endif
