/* oc_limits - every limit that differs by host, chosen at compile time by one define:
 * OC_LIMITS_BOARD for a microcontroller with a few MB of PSRAM, else a POSIX system. A program is
 * compiled with one set; records that hold such arrays never leave the process. What does not
 * differ stays in the header of its room. Costs are bytes of RAM on 32 bit; sums: docs/memory.md.
 * Scripts are the same bytes for every host: they ask it for what they must know (Facts.limits of
 * ocellus/host) and meet the rest as an error of one command. */
#ifndef OC_LIMITS_H
#define OC_LIMITS_H

#ifdef OC_LIMITS_BOARD

/* plane */
#define OC_CHANNELS_MAX      2  /* open at a time */
#define OC_STREAMS_MAX       2  /* no channel has a sub stream; 244 each, in the plane */
#define OC_EVENT_LOG_ENTRIES 32 /* events kept; 400 each */

#define OC_PLANE_NAMES 8 /* recordings that wait for the wall clock; 136 each */

/* mailbox */
#define OC_MAILBOX_COMMANDS  16          /* under way at most; power of two; 36 each */
#define OC_MAILBOX_REPLIES   16          /* unanswered commands; power of two; 68 each */
#define OC_MAILBOX_OBJECTS   32          /* that can raise an edge; multiple of 32; 4 each */
#define OC_PARCEL_MAX        (16 * 1024) /* bytes of one parcel */
#define OC_PARCEL_POOL_BYTES (64 * 1024) /* all parcels together; taken as they are needed */

/* capture */
#define OC_HANDOFF_SLOTS     32            /* packets under way, at least; power of two; 52 each */
#define OC_HANDOFF_SLOTS_MAX 64            /* the most: 2 s of 32 packets/s (its camera: 12) */
#define OC_PUSH_PORTS        2             /* `push:` sources open; 44 each */
#define OC_PUSH_PAYLOAD_MAX  (512u * 1024) /* bytes of one packet */
#define OC_PUSH_BUFFER_MAX   (1u << 20)    /* bytes that ?buffer= may ask for */

/* outputs */
#define OC_FMP4_PACKETS_MAX     560 /* of one fragment; 24 each, in the plane */
#define OC_OUT_LIVE_PACKETS_MAX 512 /* of one live segment, a longer one is cut; 30 fps: 6 s */
#define OC_OUT_LIVE_SEGMENTS    8   /* listed; as many older ones can still be fetched; 160 each */
#define OC_OUT_LIVE_PARTS       64  /* kept for a player; 16 each */
#define OC_PULLS_VIEWERS        4   /* viewers of endless bodies; 16 each, and 7 KB while open */
#define OC_PULLS_MAX            OC_PULLS_VIEWERS
#define OC_PUSHES_MAX           16  /* of a list: its record alone, for a board pushes nothing */
#define OC_OUT_FILE_JOBS        4   /* fragments under way; 1,840 each */
#define OC_OUT_FILE_JOB_PACKETS 64  /* of one fragment: 0.5 s of 60 fps + AAC */
#define OC_OUT_FILE_KEYS        512 /* in the index of a file, of two files: 24 each */
#define OC_OUT_FILE_EVENTS      8   /* waiting to be polled, the oldest goes first; 304 each */

/* viewers over P2P */
#define OC_SESSIONS_MAX   8 /* viewers at a time; 2.1 KB each in oc_viewers, with their rows */
#define OC_SESSION_BLOCKS 6 /* of JSON and answers for each, of a pool; 1,328 each */

#else /* POSIX */

#define OC_CHANNELS_MAX      40
#define OC_STREAMS_MAX       (2 * OC_CHANNELS_MAX) /* main and sub of each channel */
#define OC_EVENT_LOG_ENTRIES 128
#define OC_PLANE_NAMES       256

#define OC_MAILBOX_COMMANDS  64
#define OC_MAILBOX_REPLIES   64
#define OC_MAILBOX_OBJECTS   64
#define OC_PARCEL_MAX        (128 * 1024) /* the status of 40 channels with sub streams */
#define OC_PARCEL_POOL_BYTES (2 * 1024 * 1024)

#define OC_HANDOFF_SLOTS     64
#define OC_HANDOFF_SLOTS_MAX 1024 /* 2 s of 512 packets/s */
#define OC_PUSH_PORTS        32
#define OC_PUSH_PAYLOAD_MAX  (4u * 1024 * 1024)
#define OC_PUSH_BUFFER_MAX   (64u * 1024 * 1024)

#define OC_FMP4_PACKETS_MAX     1200 /* 10 s of 60 fps + AAC */
#define OC_OUT_LIVE_PACKETS_MAX 1024
#define OC_OUT_LIVE_SEGMENTS    16
#define OC_OUT_LIVE_PARTS       128
#define OC_PULLS_VIEWERS        64
#define OC_PUSHES_MAX           16   /* live pushes at a time: docs/memory.md */
#define OC_PULLS_MAX            (OC_PULLS_VIEWERS + OC_PUSHES_MAX)
#define OC_OUT_FILE_JOBS        8    /* 4,144 each */
#define OC_OUT_FILE_JOB_PACKETS 160  /* 0.5 s of 120 fps + AAC */
#define OC_OUT_FILE_KEYS        5400 /* 90 minutes with a key frame each second */
#define OC_OUT_FILE_EVENTS      16

#define OC_SESSIONS_MAX   64
#define OC_SESSION_BLOCKS 16

#endif

/* Bytes of a page of events or recordings, 15/16 of a parcel: the same page as the body of an
 * answer over HTTP has a few words around it. */
#define OC_PAGE_BYTES (OC_PARCEL_MAX / 16 * 15)

#endif
