/* plane_list - desired lists for tests of the plane: a test adds entries, changes them, and sets
 * the list. */
#ifndef PLANE_LIST_H
#define PLANE_LIST_H

#include "plane_host.h"

/* The letter of a test. Start from zeros. */
typedef struct plane_list {
    oc_desired_head_t head;
    oc_desired_entry_t entry[OC_CHANNELS_MAX];
} plane_list_t;

/* Adds a channel as host_channel has it; it is not recorded. */
oc_desired_entry_t *list_add(plane_list_t *list, const char *name, const char *url);
/* Its entry; fails the test when it is not there. */
oc_desired_entry_t *list_entry(plane_list_t *list, const char *name);
void list_remove(plane_list_t *list, const char *name);
/* As host_recording has it. */
void list_record(oc_desired_entry_t *entry, const char *recording);
/* Its recording ends so long from now. */
void list_until(const plane_host_t *host, oc_desired_entry_t *entry, int64_t us);

/* Hands it over; the answer to its last part, or to the first that is refused. */
host_answer_t *list_post(plane_host_t *host, const plane_list_t *list);
/* The same, and lets time go by until each of its channels was tried (60 s at most). Its revision.
 */
uint32_t list_set(plane_host_t *host, const plane_list_t *list);

/* The number of a channel; fails the test when it has none. */
unsigned list_number(plane_host_t *host, const char *name);
/* Why it is not as wanted; static. */
const char *list_why(plane_host_t *host, unsigned number);

#endif
