/* plane_list - desired lists for tests of the plane: a test adds entries, changes them, and sets
 * the list. */
#ifndef PLANE_LIST_H
#define PLANE_LIST_H

#include "plane_host.h"

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

/* ---- the list of the host itself, one channel at a time ---- */

/* These answer with the number of the channel, the failure of its row, and why in words. It is
 * wanted like this from now on. */
host_answer_t *host_set(plane_host_t *host, const oc_channel_config_t *config);
/* The same; fails the test unless it runs. Its number. */
unsigned host_open(plane_host_t *host, const char *name, const char *url);
/* Other settings of a channel; url "": as it is. */
host_answer_t *host_change(plane_host_t *host, unsigned channel, const oc_channel_config_t *config);
/* It is not wanted any more, and gone when the call returns. */
host_answer_t *host_close(plane_host_t *host, unsigned channel);
/* The same, without waiting. */
void host_drop(plane_host_t *host, unsigned channel);

oc_desired_recording_t host_recording(const char *name);
host_answer_t *host_record_as(plane_host_t *host, unsigned channel,
                              const oc_desired_recording_t *config);
/* As "ocellus"; fails the test unless it records. */
void host_record(plane_host_t *host, unsigned channel);
/* Its file is complete when the call returns. */
host_answer_t *host_stop(plane_host_t *host, unsigned channel);

#endif
