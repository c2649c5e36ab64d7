/* oc_input - what the device itself notices, by number. */
#ifndef OC_INPUT_H
#define OC_INPUT_H

/* What the device itself notices: a sensor, a button, a switch. The words are the kinds in the
 * event log. */
typedef enum oc_input {
    OC_INPUT_MOTION = 0,   /* "motion" */
    OC_INPUT_HUMAN = 1,    /* "human" */
    OC_INPUT_SOUND = 2,    /* "sound": louder than usual */
    OC_INPUT_DOORBELL = 3, /* "doorbell": pressed */
    OC_INPUT_PRIVACY = 4,  /* "privacy": a switch, OC_PRIVACY_SWITCH while it is raised */
    OC_INPUTS = 5
} oc_input_t;

#endif
