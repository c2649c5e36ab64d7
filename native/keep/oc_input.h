/* oc_input - what the device itself notices, by number. */
#ifndef OC_INPUT_H
#define OC_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include "oc_event_kind.h"

/* What the device itself notices: a sensor, a button, a switch, a detector. The words are the kinds
 * in the event log. */
typedef enum oc_input {
    OC_INPUT_MOTION = 0,   /* "motion" */
    OC_INPUT_HUMAN = 1,    /* "human" */
    OC_INPUT_SOUND = 2,    /* "sound": louder than usual */
    OC_INPUT_DOORBELL = 3, /* "doorbell": pressed */
    OC_INPUT_PRIVACY = 4,  /* "privacy": a switch, OC_PRIVACY_SWITCH while it is raised */
    OC_INPUT_LINKAGE = 5,  /* "linkage": another device reports something */
    OC_INPUTS = 6
} oc_input_t;

#define OC_INPUT_DEVICE (-1) /* in place of a channel: of the device as a whole */

#define OC_INPUT_DATA_MAX 96 /* bytes with NUL of what is known of a change */

/* The level of an input has changed. */
typedef struct oc_input_change {
    int channel;    /* or OC_INPUT_DEVICE */
    unsigned input; /* oc_input_t */
    bool raised;
    const char *data; /* JSON on one line, below OC_INPUT_DATA_MAX bytes; "": none. Of the call */
} oc_input_change_t;

/* Kind of its events; input < OC_INPUTS. */
oc_event_kind_t oc_input_event(unsigned input);

#endif
