/* oc_index_retain - retention at work: looks at the disk and at the rows, deletes the files that
 * oc_retention gives up, notes what was deleted and why. Index thread. */
#ifndef OC_INDEX_RETAIN_H
#define OC_INDEX_RETAIN_H

#include "oc_command.h"
#include "oc_index_db.h"
#include "oc_retention.h"

#define OC_INDEX_RETAIN_US    (10 * 1000 * 1000) /* between two looks */
#define OC_INDEX_RETAIN_FILES 64                 /* deleted at once; others are served in between */
#define OC_INDEX_DEFAULT_US   (60 * 1000 * 1000) /* no script has sent anything: defaults hold */
/* A wall clock that jumped is no reason to delete by age for so long. */
#define OC_INDEX_AGE_US (10 * 60 * INT64_C(1000000))

/* What the host is told of. */
typedef struct oc_index_notice {
    uint32_t deleted;            /* files since the last notice */
    uint64_t bytes;              /* of them */
    char path[OC_FILE_PATH_MAX]; /* the last one */
    char why[12];                /* of it, as oc_retention_text */
    bool blocked;                /* space is short, and nothing may be deleted: once */
} oc_index_notice_t;

typedef struct oc_index_retain {
    oc_retention_config_t config;
    bool configured; /* nothing is deleted before */
    bool blocked;
    int64_t started_us, due_us, events_us; /* events_us: of the next look at events */
    int64_t wall_us, steady_us;            /* clocks at the last look; by age not before: */
    int64_t age_us;
    uint64_t free_bytes, total_bytes; /* of the disk, at the last look */
    uint64_t file_bytes;              /* split recordings behind so many; 0: nothing is known */
    int failed;                       /* OC_ERR_* of the last look: nothing was deleted; OC_OK */
    oc_index_notice_t notice;         /* not taken yet */
} oc_index_retain_t;

/* The defaults, which do not hold yet. */
void oc_index_retain_init(oc_index_retain_t *retain, int64_t now_us);
/* Another configuration; looks at once. */
void oc_index_retain_use(oc_index_retain_t *retain, const oc_retention_config_t *config);
/* Looks when it is due. wall_us: since 1970, as the clock says, right or not. True: more has to be
 * deleted, to be called again soon. */
bool oc_index_retain_turn(oc_index_retain_t *retain, oc_index_db_t *db, int64_t now_us,
                          int64_t wall_us);
/* Half of what stays free, bytes, by the defaults when the settings want nothing; 0: the disk was
 * not looked at yet. As modules/record/disk-state.ts. */
uint64_t oc_index_retain_low(const oc_index_retain_t *retain);
/* What the clock of the machine says, us since 1970. */
int64_t oc_index_retain_wall_us(void);

/* Deletes one recording because somebody wants it. OC_OK | OC_ERR_NOENT | OC_ERR_BUSY it is open |
 * OC_ERR_STATE an event protects it | OC_ERR_*. */
int oc_index_retain_delete(oc_index_retain_t *retain, oc_index_db_t *db, const char *path);

#endif
