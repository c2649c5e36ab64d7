/* oc_desired_record - the parcel of DESIRED: what the settings want, told by the script for whoever
 * answers in its place. native/script/desired.ts writes it. */
#ifndef OC_DESIRED_RECORD_H
#define OC_DESIRED_RECORD_H

#include "oc_command.h"

/* The head; its channels follow. Texts end with NUL. Little-endian, as every host is. */
typedef struct oc_desired_head {
    char name[OC_OUT_FILE_NAME_MAX]; /* of recordings */
    char zone[64], posix[64];        /* time zone: its name, its POSIX TZ */
    int32_t offset_minutes;          /* east of Greenwich, when it was told */
    uint32_t count;                  /* channels behind it, at most OC_CHANNELS_MAX */
} oc_desired_head_t;

#define OC_DESIRED_FOR_GOOD UINT32_MAX

/* One channel of the settings. */
typedef struct oc_desired_channel {
    char name[OC_CHANNEL_NAME_MAX];
    uint32_t hash;          /* as in CHANNEL_OPEN */
    uint8_t tls, sub_tls;   /* of its addresses: 0 none, 1 verified, 2 pinned, 3 not looked at */
    uint8_t failure;        /* -OC_ERR_*: why it does not run; 0 = nothing is known */
    char problem[217];      /* the same in words, without secrets; "" = nothing is known */
    uint32_t by_hand_until; /* recorded by hand until then, seconds since 1970; 0 = not; */
                            /* OC_DESIRED_FOR_GOOD = until it is ended */
    char title[195];        /* for people: 64 characters of 3 bytes at most, and NUL */
    uint8_t always; /* 1: recorded whatever the hour and whatever happens; 0: not, or not told */
} oc_desired_channel_t;

_Static_assert(sizeof(oc_desired_head_t) == 200 && sizeof(oc_desired_channel_t) == 456,
               "as native/script/desired.ts writes them");

#endif
