/* oc_front - what a board has in front of its camera: a light, and a switch for privacy mode, where
 * its manifest names their pins; and privacy mode by command in NVS, so that a restart keeps it.
 * Media task only. Reading NVS takes microseconds, writing some milliseconds, once for a command.
 */
#ifndef OC_FRONT_H
#define OC_FRONT_H

#include "oc_contact.h"
#include "oc_plane.h"

#define OC_FRONT_US (20 * 1000) /* the switch is read this often */

typedef struct oc_front {
    oc_plane_t *plane;
    oc_contact_t contact;
    bool bright;          /* the light, as it was set last */
    bool storing, stores; /* `stores` is to be written */
} oc_front_t;

/* Sets the pins up and tells the plane, before its first advance, what is stored and how the switch
 * stands. What cannot be read counts as privacy mode. plane: borrowed for the front's life. */
void oc_front_begin(oc_front_t *front, oc_plane_t *plane, int64_t now_us);

/* The plane's privacy_store. */
void oc_front_store(oc_front_t *front, bool on);

/* In every turn. Returns when it wants the next one (INT64_MAX: not by time). */
int64_t oc_front_turn(oc_front_t *front, int64_t now_us);

/* Darkens the light: the task ends. */
void oc_front_end(oc_front_t *front);

#endif
