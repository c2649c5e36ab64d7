/* oc_index_event_commands - events from elsewhere to the index thread: commands of a script, which
 * are answered there, and inputs of the device, which are kept also while no script runs. */
#ifndef OC_INDEX_EVENT_COMMANDS_H
#define OC_INDEX_EVENT_COMMANDS_H

#include "oc_index.h"
#include "oc_input.h"
#include "oc_mailbox.h"

/* The process has started: files are read, and what went on at its last end is over; events that
 * begin from then on are reported to `begun`, borrowed until the index has stopped. Any thread. */
void oc_index_event_start(oc_index_t *index, const oc_index_begun_t *begun);
/* A picture of an event that began at start_ms. jpeg: malloc, owned by callee. Any thread, never
 * waits; one that is too large, finds no room or whose event is gone is forgotten. */
void oc_index_event_picture(oc_index_t *index, uint32_t id, int64_t start_ms, uint8_t *jpeg,
                            uint32_t bytes);

/* Script thread. True: the command is about events and answered later; its parcel is owned by
 * callee. index NULL: there is none, and it is refused. */
bool oc_index_event_command(oc_index_t *index, oc_mailbox_t *mailbox, const oc_command_t *command);

/* An input has changed (not OC_INPUT_PRIVACY): its event begins, with the change's data, or ends,
 * at at_ms since 1970. channel: its name, "": of the device. Any thread, never waits; without room
 * it is a line of the log. NULL index: nothing. */
void oc_index_event_input(oc_index_t *index, const char *channel, const oc_input_change_t *change,
                          int64_t at_ms);

#endif
