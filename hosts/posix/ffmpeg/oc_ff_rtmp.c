#define _GNU_SOURCE
#include "oc_ff_rtmp.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "oc_err.h"

#define VERSION 3    /* RTMP 1.0, section 5.2.2 */
#define NAMES   0x80 /* no letter from here on; heads of further chunks are 0xC0 | stream */

/* Parts of codes by which servers refuse whoever publishes. */
static const struct {
    const char *part;
    int code;
} refusals[] = {
    {"BadName", OC_ERR_EXIST},       {"Rejected", OC_ERR_PASSWORD},
    {"Denied", OC_ERR_PASSWORD},     {"Unauthorized", OC_ERR_PASSWORD},
    {"Forbidden", OC_ERR_PASSWORD},  {"NotAllowed", OC_ERR_PASSWORD},
    {"InvalidApp", OC_ERR_PASSWORD}, {"Publish.Failed", OC_ERR_PASSWORD},
    {"AuthFailed", OC_ERR_PASSWORD},
};

void oc_ff_rtmp_begin(oc_ff_rtmp_t *rtmp) {
    memset(rtmp, 0, sizeof(*rtmp));
}

static void accept_it(oc_ff_rtmp_t *rtmp) {
    rtmp->refused = 0;
    rtmp->code[0] = '\0';
}

/* A word has ended. */
static void judge(oc_ff_rtmp_t *rtmp) {
    rtmp->word[rtmp->len] = '\0';
    if (strcmp(rtmp->word, "NetConnection.Connect.Success") == 0) {
        rtmp->connected = true;
        accept_it(rtmp);
    } else if (strcmp(rtmp->word, "NetStream.Publish.Start") == 0) {
        rtmp->published = true;
        accept_it(rtmp);
    }
    bool code = strncmp(rtmp->word, "NetConnection.", 14) == 0 ||
                strncasecmp(rtmp->word, "NetStream.Publish.", 18) == 0;
    for (size_t i = 0; code && i < sizeof(refusals) / sizeof(*refusals); i++) {
        if (strcasestr(rtmp->word, refusals[i].part)) {
            rtmp->refused = refusals[i].code;
            memcpy(rtmp->code, rtmp->word, sizeof(rtmp->code));
        }
    }
}

static bool is_letter(uint8_t byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '.';
}

void oc_ff_rtmp_look(oc_ff_rtmp_t *rtmp, const uint8_t *bytes, size_t len) {
    if (len > 0 && rtmp->bytes == 0)
        rtmp->foreign = bytes[0] != VERSION;
    rtmp->bytes += len;
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] >= NAMES)
            continue;
        bool letter = is_letter(bytes[i]);
        if (letter && rtmp->len + 1 < sizeof(rtmp->word))
            rtmp->word[rtmp->len++] = (char)bytes[i];
        else if (!letter && rtmp->len > 0) {
            judge(rtmp);
            rtmp->len = 0;
        }
    }
}
