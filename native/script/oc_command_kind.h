/* Made by tools/protocol from protocol/commands.ts: do not edit. */
#ifndef OC_COMMAND_KIND_H
#define OC_COMMAND_KIND_H

#include "oc_capability.h"
#include "oc_limits.h" /* OC_CHANNELS_MAX */

/* clang-format off */
/* What a script can ask of the media plane (below OC_COMMAND_HOST) and its host; objects, arguments, parcels and replies:
 * docs/design/plane-commands.md. */
enum oc_command_kind {
    OC_COMMAND_CHANNEL_OPEN = 1, /* Opens a source; more is needed for its address (oc_source_needs). */
    OC_COMMAND_CHANNEL_ADOPT = 2, /* This script takes the running channel over. */
    OC_COMMAND_CHANNEL_CLOSE = 3, /* Ends outputs and capture. */
    OC_COMMAND_RECORD_START = 4, /* Records; running with equal settings: OK. A sub stream that is not open yet begins as soon as it is. */
    OC_COMMAND_RECORD_STOP = 5, /* Ends the recording of either stream; not recording: OK. */
    OC_COMMAND_REQUEST_KEY = 6, /* Asks the source for a key frame. */
    OC_COMMAND_SET_BITRATE = 7, /* Sets what a source encodes to. */
    OC_COMMAND_EVENTS_READ = 8, /* Reads the log of events, oldest first. */
    OC_COMMAND_PRIVACY = 9, /* Sets or reads privacy mode. */
    OC_COMMAND_EVENT_ADD = 10, /* Adds an event of the application to the log. */
    OC_COMMAND_CLIP = 11, /* Records a span beside the recording; one that runs goes on. */
    OC_COMMAND_CHANNEL_CHANGE = 12, /* Other settings while it runs; it opens no address. */
    OC_COMMAND_DESIRED = 13, /* A part of what shall run, whole entries of it; more is needed for each address (oc_source_needs). */
    OC_COMMAND_CHANNEL_RETRY = 14, /* What failed of a channel of the list is tried now. */
    OC_COMMAND_HTTP_LISTEN = 256, /* Starts the HTTP server. */
    OC_COMMAND_HTTP_TAKE = 257, /* The next request of the API. */
    OC_COMMAND_HTTP_REPLY = 258, /* Answers a request. */
    OC_COMMAND_RECORDINGS_LIST = 259, /* A page of recordings. */
    OC_COMMAND_EXIT = 260, /* Ends the process. */
    OC_COMMAND_READY = 261, /* The script has started: the host's back-off is reset. */
    OC_COMMAND_STORE_READ = 262, /* Reads what is kept under a name. */
    OC_COMMAND_STORE_WRITE = 263, /* Keeps a text. */
    OC_COMMAND_INDICATOR = 264, /* The LED of this machine that shows oc_indicator_t. */
    OC_COMMAND_DESIRED_REPORT = 265, /* What people call the channels of the settings, for whoever answers in the place of a script. */
    OC_COMMAND_HTTP_CHECK = 266, /* As HTTP_LISTEN, only tried. */
    OC_COMMAND_METRICS = 267, /* All metrics of the application, in place of earlier ones. */
    OC_COMMAND_HANDOVER = 268, /* A part of the state for the next script. */
    OC_COMMAND_UPDATE_BEGIN = 269, /* Begins or resumes a bundle. */
    OC_COMMAND_UPDATE_WRITE = 270, /* The next bytes of the bundle. */
    OC_COMMAND_UPDATE_APPLY = 271, /* Verifies and stages the bundle. */
    OC_COMMAND_UPDATE_READ = 272, /* The state of updates. */
    OC_COMMAND_UPDATE_NOTE = 273, /* What GET /api/update has as available. */
    OC_COMMAND_SPAN_BODY = 274, /* Lends a span of a ring as a body. */
    OC_COMMAND_P2P_OPEN = 280, /* Opens the transport. */
    OC_COMMAND_P2P_CLOSE = 281, /* Closes it. */
    OC_COMMAND_P2P_RESTART = 282, /* Addresses of this machine changed. */
    OC_COMMAND_P2P_OFFER = 283, /* Takes a viewer's offer. */
    OC_COMMAND_P2P_CONNECT = 284, /* Makes an offer. */
    OC_COMMAND_P2P_ANSWER = 285, /* The answer to our offer. */
    OC_COMMAND_P2P_CANDIDATE = 286, /* A candidate of the viewer. */
    OC_COMMAND_P2P_TAKE = 287, /* The next notice. */
    OC_COMMAND_P2P_ACCEPT = 288, /* Accepts a view. */
    OC_COMMAND_P2P_REFUSE = 289, /* Refuses a view. */
    OC_COMMAND_P2P_REPLY = 290, /* Answers a request of a command channel. */
    OC_COMMAND_P2P_END = 291, /* Ends a session or a view. */
    OC_COMMAND_P2P_WATERMARKS = 292, /* Bytes unsent at which a view is held, and goes on. */
    OC_COMMAND_P2P_KEEPALIVE = 293, /* Probes of a viewer's path. */
    OC_COMMAND_P2P_PLAY = 294, /* What a playback does. */
    OC_COMMAND_P2P_RATE = 295, /* How the bit rate of a source follows its viewers: at once, for every stream, also when the script ends. */
    OC_COMMAND_SPANS_LIST = 300, /* Spans of recordings without a gap. */
    OC_COMMAND_EVENTS_LIST = 301, /* A page of kept events. */
    OC_COMMAND_EVENT_BEGIN = 302, /* Keeps an event. */
    OC_COMMAND_EVENT_END = 303, /* Ends an event that goes on. */
    OC_COMMAND_EVENT_PROTECT = 304, /* Keeps the recordings of an event, or no longer. */
    OC_COMMAND_EVENT_DELETE = 305, /* Forgets an event. */
    OC_COMMAND_RECORDING_DELETE = 306, /* Deletes a file of a recording. */
    OC_COMMAND_RETENTION = 307, /* What is to be kept of recordings; outlives the script. */
    OC_COMMAND_STORAGE_READ = 308, /* How the disk stands. */
    OC_COMMAND_RECORDING_KEYS = 309, /* Key frames of a recording. */
    OC_COMMAND_DETECT = 320, /* What the host looks for at a channel. */
};
#define OC_COMMAND_HOST 256

/* X(name, capabilities that an application needs for it). */
#define OC_COMMAND_NEEDS_MAP(X) \
    X(CHANNEL_OPEN, OC_CAPABILITY_MEDIA) \
    X(CHANNEL_ADOPT, OC_CAPABILITY_MEDIA) \
    X(CHANNEL_CLOSE, OC_CAPABILITY_MEDIA) \
    X(RECORD_START, OC_CAPABILITY_MEDIA) \
    X(RECORD_STOP, OC_CAPABILITY_MEDIA) \
    X(REQUEST_KEY, OC_CAPABILITY_MEDIA) \
    X(SET_BITRATE, OC_CAPABILITY_MEDIA) \
    X(EVENTS_READ, OC_CAPABILITY_MEDIA) \
    X(PRIVACY, OC_CAPABILITY_SYSTEM) \
    X(EVENT_ADD, OC_CAPABILITY_MEDIA) \
    X(CLIP, OC_CAPABILITY_MEDIA) \
    X(CHANNEL_CHANGE, OC_CAPABILITY_MEDIA) \
    X(DESIRED, OC_CAPABILITY_MEDIA) \
    X(CHANNEL_RETRY, OC_CAPABILITY_MEDIA) \
    X(HTTP_LISTEN, OC_CAPABILITY_SYSTEM) \
    X(HTTP_TAKE, OC_CAPABILITY_HTTP) \
    X(HTTP_REPLY, OC_CAPABILITY_HTTP) \
    X(RECORDINGS_LIST, OC_CAPABILITY_MEDIA) \
    X(EXIT, OC_CAPABILITY_SYSTEM) \
    X(READY, 0) \
    X(STORE_READ, OC_CAPABILITY_SETTINGS) \
    X(STORE_WRITE, OC_CAPABILITY_SETTINGS) \
    X(INDICATOR, OC_CAPABILITY_SYSTEM) \
    X(DESIRED_REPORT, OC_CAPABILITY_SETTINGS) \
    X(HTTP_CHECK, OC_CAPABILITY_SYSTEM) \
    X(METRICS, 0) \
    X(HANDOVER, 0) \
    X(UPDATE_BEGIN, OC_CAPABILITY_UPDATE) \
    X(UPDATE_WRITE, OC_CAPABILITY_UPDATE) \
    X(UPDATE_APPLY, OC_CAPABILITY_UPDATE) \
    X(UPDATE_READ, OC_CAPABILITY_UPDATE) \
    X(UPDATE_NOTE, OC_CAPABILITY_UPDATE) \
    X(SPAN_BODY, OC_CAPABILITY_MEDIA) \
    X(P2P_OPEN, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(P2P_CLOSE, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(P2P_RESTART, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(P2P_OFFER, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(P2P_CONNECT, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(P2P_ANSWER, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(P2P_CANDIDATE, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(P2P_TAKE, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(P2P_ACCEPT, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(P2P_REFUSE, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(P2P_REPLY, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(P2P_END, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(P2P_WATERMARKS, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(P2P_KEEPALIVE, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(P2P_PLAY, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(P2P_RATE, OC_CAPABILITY_VIEWERS | OC_CAPABILITY_NETWORK) \
    X(SPANS_LIST, OC_CAPABILITY_MEDIA) \
    X(EVENTS_LIST, OC_CAPABILITY_MEDIA) \
    X(EVENT_BEGIN, OC_CAPABILITY_MEDIA) \
    X(EVENT_END, OC_CAPABILITY_MEDIA) \
    X(EVENT_PROTECT, OC_CAPABILITY_MEDIA) \
    X(EVENT_DELETE, OC_CAPABILITY_MEDIA) \
    X(RECORDING_DELETE, OC_CAPABILITY_MEDIA) \
    X(RETENTION, OC_CAPABILITY_MEDIA) \
    X(STORAGE_READ, OC_CAPABILITY_MEDIA) \
    X(RECORDING_KEYS, OC_CAPABILITY_MEDIA) \
    X(DETECT, OC_CAPABILITY_MEDIA)

/* Objects of the mailbox, whose edges wake a script. */
#define OC_OBJECT_EVENTS 0 /* the log of events grew */
#define OC_OBJECT_HTTP 1 /* requests wait */
#define OC_OBJECT_CHANNEL 2 /* the state of channel n */
#define OC_OBJECT_P2P (OC_OBJECT_CHANNEL + OC_CHANNELS_MAX + 0) /* notices of viewers wait */
#define OC_OBJECT_UPDATE (OC_OBJECT_CHANNEL + OC_CHANNELS_MAX + 1) /* the state for the next script is asked for (HANDOVER) */
/* clang-format on */

#endif
