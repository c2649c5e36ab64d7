#include "oc_ff_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oc_device_rule.h"
#include "oc_err.h"
#include "oc_redact.h"

#define VARIABLE      "${OCELLUS_"
#define VARIABLE_SKIP 2 /* "${" */
#define NAME_MAX_     64
#define VALUE_MAX     100 /* bytes of an option's value: a fingerprint with colons has 95 */
#define KIND(name)    (1u << OC_PLUGIN_##name)
#define SERVERS       (KIND(HTTP) | KIND(RTSP) | KIND(RTMP))
#define STREAMS       (KIND(FILE) | SERVERS | KIND(S3))
#define PICTURES      (STREAMS | KIND(TEST) | KIND(V4L2))
#define ENCODED       (PICTURES | KIND(SCALE))
#define SIDE_MIN      160 /* the block code needs 4 pixels a cell */
#define SIDE_MAX      8192
#define FPS_MAX       240
#define BPS_MIN       32000
#define BPS_MAX       200000000
#define GOP_MAX_MS    60000
/* What a sub stream gets when it is not said: 460 kbit/s for 640x360, at least 100. */
#define BITS_PER_PIXEL_S 2
#define BPS_SUB          100000

typedef int setter_t(oc_ff_input_t *in, const char *value);

static bool whole(const char *text, long least, long maximum, long *out) {
    char *end;
    if (!text[0] || strspn(text, "0123456789") != strlen(text) || strlen(text) > 9)
        return false;
    *out = strtol(text, &end, 10);
    return *out >= least && *out <= maximum;
}

static bool flag(const char *text, bool *out) {
    *out = text[0] == '1';
    return (text[0] == '0' || text[0] == '1') && !text[1];
}

static int set_size(oc_ff_input_t *in, const char *v) {
    char width[8];
    const char *x = strchr(v, 'x');
    long w, h;
    if (!x || (size_t)(x - v) >= sizeof(width))
        return OC_ERR_FORMAT;
    snprintf(width, sizeof(width), "%.*s", (int)(x - v), v);
    if (!whole(width, SIDE_MIN, SIDE_MAX, &w) || !whole(x + 1, SIDE_MIN / 2, SIDE_MAX, &h) ||
        w % 2 || h % 2)
        return OC_ERR_RANGE;
    in->width = (uint16_t)w;
    in->height = (uint16_t)h;
    return OC_OK;
}

/* 30, 29.97, 12.5: up to three places. */
static int set_fps(oc_ff_input_t *in, const char *v) {
    char *end;
    size_t digits = strspn(v, "0123456789");
    if (digits == 0 || digits > 3)
        return OC_ERR_FORMAT;
    unsigned long milli = strtoul(v, &end, 10) * 1000, unit = 100;
    if (*end == '.') {
        for (end++; *end >= '0' && *end <= '9' && unit; end++, unit /= 10)
            milli += (unsigned long)(*end - '0') * unit;
    }
    if (*end)
        return OC_ERR_FORMAT;
    in->fps_milli = (uint32_t)milli;
    return milli >= 1000 && milli <= FPS_MAX * 1000 ? OC_OK : OC_ERR_RANGE;
}

static int set_bitrate(oc_ff_input_t *in, const char *v) {
    long bps;
    if (!whole(v, BPS_MIN, BPS_MAX, &bps))
        return OC_ERR_RANGE;
    in->bitrate_bps = (uint32_t)bps;
    return OC_OK;
}

/* Seconds, up to three places. */
static int set_gop(oc_ff_input_t *in, const char *v) {
    uint32_t fps = in->fps_milli;
    int rc = strspn(v, "0123456789.") == strlen(v) ? set_fps(in, v) : OC_ERR_FORMAT;
    uint32_t ms = in->fps_milli; /* the same form of number */
    in->fps_milli = fps;
    if (rc == OC_ERR_FORMAT || ms < 100 || ms > GOP_MAX_MS)
        return OC_ERR_RANGE;
    in->gop_ms = ms;
    return OC_OK;
}

static int set_rotate(oc_ff_input_t *in, const char *v) {
    long degrees;
    if (!whole(v, 0, 270, &degrees) || degrees % 90)
        return OC_ERR_RANGE;
    in->rotate = (uint16_t)degrees;
    return OC_OK;
}

static int set_flip(oc_ff_input_t *in, const char *v) {
    if (strspn(v, "hv") != strlen(v) || !v[0] || strlen(v) > 2)
        return OC_ERR_RANGE;
    in->flip_h = strchr(v, 'h') != NULL;
    in->flip_v = strchr(v, 'v') != NULL;
    return OC_OK;
}

static int set_name(oc_ff_input_t *in, const char *v) {
    static const char fit[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:+ ";
    if (!v[0] || strlen(v) >= OC_FF_TEXT_MAX || strspn(v, fit) != strlen(v))
        return OC_ERR_RANGE;
    for (size_t i = 0; i <= strlen(v); i++)
        in->overlay[i] = v[i] == '+' ? ' ' : v[i];
    return OC_OK;
}

static int set_clock(oc_ff_input_t *in, const char *v) {
    return flag(v, &in->overlay_time) ? OC_OK : OC_ERR_RANGE;
}
static int set_tone(oc_ff_input_t *in, const char *v) {
    return flag(v, &in->tone) ? OC_OK : OC_ERR_RANGE;
}
static int set_object(oc_ff_input_t *in, const char *v) {
    char *end;
    unsigned long seconds = strtoul(v, &end, 10);
    in->object_s = (uint16_t)seconds;
    return *v >= '0' && *v <= '9' && !*end && seconds >= 5 && seconds <= 600 ? OC_OK : OC_ERR_RANGE;
}
static int set_transcode(oc_ff_input_t *in, const char *v) {
    return flag(v, &in->transcode) ? OC_OK : OC_ERR_RANGE;
}

static int set_transport(oc_ff_input_t *in, const char *v) {
    in->udp = strcmp(v, "udp") == 0;
    return in->udp || strcmp(v, "tcp") == 0 ? OC_OK : OC_ERR_RANGE;
}

static int set_sound(oc_ff_input_t *in, const char *v) {
    in->aac = strcmp(v, "aac") == 0;
    return in->aac || strcmp(v, "keep") == 0 ? OC_OK : OC_ERR_RANGE;
}

static int set_encoder(oc_ff_input_t *in, const char *v) {
    in->encoder = strcmp(v, "x264") == 0 ? OC_FF_ENCODER_X264 : OC_FF_ENCODER_OPENH264;
    return strcmp(v, "x264") == 0 || strcmp(v, "openh264") == 0 ? OC_OK : OC_ERR_RANGE;
}

static int set_auth(oc_ff_input_t *in, const char *v) {
    in->basic = strcmp(v, "basic") == 0;
    return in->basic ? OC_OK : OC_ERR_RANGE;
}

static int set_verify(oc_ff_input_t *in, const char *v) {
    in->tls_off = strcmp(v, "off") == 0;
    return in->tls && (in->tls_off || strcmp(v, "on") == 0) ? OC_OK : OC_ERR_RANGE;
}

bool oc_ff_url_fingerprint(const char *text, uint8_t out[OC_FF_FINGERPRINT]) {
    static const char hex[] = "0123456789abcdef";
    size_t digits = 0;
    for (; *text; text++) {
        const char *digit = strchr(hex, *text >= 'A' && *text <= 'F' ? *text - 'A' + 'a' : *text);
        if (*text == ':' && digits % 2 == 0 && digits > 0 && text[1])
            continue;
        if (!digit || digits == OC_FF_FINGERPRINT * 2)
            return false;
        uint8_t *byte = &out[digits++ / 2];
        *byte = (uint8_t)(*byte << 4 | (digit - hex));
    }
    return digits == OC_FF_FINGERPRINT * 2;
}

static int set_fingerprint(oc_ff_input_t *in, const char *v) {
    in->pinned = in->tls && oc_ff_url_fingerprint(v, in->fingerprint);
    return in->pinned ? OC_OK : OC_ERR_RANGE;
}

static int set_exposure(oc_ff_input_t *in, const char *v) {
    long units = 0;
    if (strcmp(v, "auto") != 0 && !whole(v, 1, 1000000, &units))
        return OC_ERR_RANGE;
    in->exposure = (int32_t)units;
    in->exposure_given = true;
    return OC_OK;
}

static int set_format(oc_ff_input_t *in, const char *v) {
    if (strcmp(v, "mjpeg") != 0 && strcmp(v, "h264") != 0 && strcmp(v, "yuyv422") != 0)
        return OC_ERR_RANGE;
    snprintf(in->format, sizeof(in->format), "%s", v);
    return OC_OK;
}

static int set_night(oc_ff_input_t *in, const char *v) {
    in->night_given = true;
    return flag(v, &in->night) ? OC_OK : OC_ERR_RANGE;
}

static int set_endpoint(oc_ff_input_t *in, const char *v) {
    bool known = strncmp(v, "https://", 8) == 0 || strncmp(v, "http://", 7) == 0;
    if (!known || strpbrk(v, "@?# ") || strlen(v) >= sizeof(in->endpoint))
        return OC_ERR_RANGE;
    snprintf(in->endpoint, sizeof(in->endpoint), "%s", v);
    return OC_OK;
}

static int set_region(oc_ff_input_t *in, const char *v) {
    static const char fit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
    if (!v[0] || strlen(v) >= sizeof(in->region) || strspn(v, fit) != strlen(v))
        return OC_ERR_RANGE;
    snprintf(in->region, sizeof(in->region), "%s", v);
    return OC_OK;
}

static int set_path_style(oc_ff_input_t *in, const char *v) {
    in->path_style = strcmp(v, "on") == 0;
    return in->path_style || strcmp(v, "off") == 0 ? OC_OK : OC_ERR_RANGE;
}

static const struct option {
    const char *key;
    unsigned kinds;
    setter_t *set;
    const char *allowed;
} options[] = {
    {"size", KIND(TEST) | KIND(V4L2), set_size, "WxH, even, 160x80 to 8192x8192"},
    {"fps", KIND(TEST) | KIND(V4L2) | KIND(SCALE), set_fps, "1 to 240"},
    {"bitrate", ENCODED, set_bitrate, "32000 to 200000000 bit/s"},
    {"gop", ENCODED, set_gop, "0.1 to 60 seconds"},
    {"encoder", ENCODED, set_encoder, "x264 or openh264"},
    {"tone", KIND(TEST), set_tone, "0 or 1"},
    {"object", KIND(TEST), set_object, "5 to 600 seconds"},
    {"transcode", STREAMS | KIND(V4L2), set_transcode, "0 or 1"},
    {"sound", STREAMS, set_sound, "aac or keep"},
    {"rotate", PICTURES, set_rotate, "0, 90, 180 or 270"},
    {"flip", PICTURES, set_flip, "h, v or hv"},
    {"name", PICTURES, set_name, "1 to 31 of A-Z, a-z, 0-9 and -_.:+"},
    {"clock", PICTURES, set_clock, "0 or 1"},
    {"transport", KIND(RTSP), set_transport, "tcp or udp"},
    {"auth", KIND(RTSP) | KIND(HTTP), set_auth, "basic"},
    {"tlsVerify", SERVERS, set_verify, "on or off, of https://, rtsps:// and rtmps://"},
    {"tlsFingerprint", SERVERS, set_fingerprint,
     "the SHA-256 of a certificate, 64 hexadecimal digits, of https://, rtsps:// and rtmps://"},
    {"endpoint", KIND(S3), set_endpoint, "an address like https://s3.example.org"},
    {"region", KIND(S3), set_region, "letters, digits and hyphens, like us-east-1"},
    {"pathStyle", KIND(S3), set_path_style, "on or off"},
    {"format", KIND(V4L2), set_format, "mjpeg, h264 or yuyv422"},
    {"exposure", KIND(V4L2), set_exposure, "auto or 1 to 1000000 (100 us)"},
    {"night", KIND(V4L2), set_night, "0 or 1"},
};
#define OPTIONS (sizeof(options) / sizeof(*options))

static const struct option *find(const char *key, size_t len) {
    for (size_t i = 0; i < OPTIONS; i++) {
        if (strlen(options[i].key) == len && memcmp(options[i].key, key, len) == 0)
            return &options[i];
    }
    return NULL;
}

/* One key=value. */
static int take(oc_ff_input_t *in, const char *pair, size_t len, char *why, size_t size) {
    char value[VALUE_MAX];
    const char *equals = memchr(pair, '=', len);
    size_t key = equals ? (size_t)(equals - pair) : len;
    const struct option *option = find(pair, key);
    if (!option || !(option->kinds & 1u << in->kind)) {
        snprintf(why, size, "%s: unknown option \"%.*s\" for this kind of input", in->shown,
                 (int)(key < 20 ? key : 20), pair);
        return OC_ERR_FORMAT;
    }
    size_t bytes = equals ? len - key - 1 : 0;
    if (bytes < sizeof(value)) {
        snprintf(value, sizeof(value), "%.*s", (int)bytes, equals ? equals + 1 : "");
        if (option->set(in, value) == OC_OK)
            return OC_OK;
    }
    snprintf(why, size, "%s: %s=%.20s is not allowed; use %s", in->shown, option->key,
             bytes < sizeof(value) ? value : "...", option->allowed);
    return OC_ERR_RANGE;
}

static int take_all(oc_ff_input_t *in, const char *text, char *why, size_t size) {
    while (*text) {
        size_t len = strcspn(text, "&");
        int rc = len ? take(in, text, len, why, size) : OC_OK;
        if (rc != OC_OK)
            return rc;
        text += len + (text[len] == '&');
    }
    return OC_OK;
}

/* Where options begin: behind the last #, when a known key comes there (paths may hold a #). */
static const char *options_at(const char *url) {
    const char *hash = strrchr(url, '#');
    return hash && find(hash + 1, strcspn(hash + 1, "=&")) ? hash : url + strlen(url);
}

void oc_ff_url_show(const char *url, char *out, size_t size) {
    static const char hidden[] = "://***@";
    char whole[OC_FF_SHOWN_MAX + 1024];
    size_t len = (size_t)(options_at(url) - url);
    if (len >= sizeof(whole))
        len = sizeof(whole) - 1;
    snprintf(whole, sizeof(whole), "%.*s", (int)len, url);
    oc_redact_url(whole, out, size);
    out[strcspn(out, "?")] = '\0';
    char *user = strstr(out, hidden);
    if (user) /* nothing instead of the mark: messages are short */
        memmove(user + 3, user + sizeof(hidden) - 1, strlen(user + sizeof(hidden) - 1) + 1);
}

static void put_encoded(char *out, size_t size, size_t *used, const char *text, bool encode) {
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *text && *used + 4 < size; text++) {
        if (!encode || strchr(plain, *text))
            out[(*used)++] = *text;
        else
            *used += (size_t)snprintf(out + *used, size - *used, "%%%02X", (uint8_t)*text);
    }
    out[*used] = '\0';
}

/* Copies [text, end) with its variables filled in, percent-encoded in addresses. */
static int fill_in(oc_ff_input_t *in, const char *text, const char *end,
                   const char *(*lookup)(const char *), char *why, size_t size) {
    size_t used = 0;
    bool encode = in->kind == OC_PLUGIN_HTTP || in->kind == OC_PLUGIN_RTSP;
    while (text < end && used + 4 < sizeof(in->target)) {
        char name[NAME_MAX_];
        const char *close = memchr(text, '}', (size_t)(end - text));
        if (strncmp(text, VARIABLE, strlen(VARIABLE)) != 0 || !close) {
            in->target[used++] = *text++;
            continue;
        }
        snprintf(name, sizeof(name), "%.*s", (int)(close - text - VARIABLE_SKIP),
                 text + VARIABLE_SKIP);
        const char *value = lookup ? lookup(name) : NULL;
        if (!value) {
            snprintf(why, size, "%.60s: the environment variable %.40s is not set", in->shown,
                     name);
            return OC_ERR_NOENT;
        }
        put_encoded(in->target, sizeof(in->target), &used, value, encode);
        text = close + 1;
    }
    in->target[used] = '\0';
    if (used + 4 < sizeof(in->target))
        return OC_OK;
    snprintf(why, size, "%.60s: longer than %zu bytes", in->shown, sizeof(in->target) - 5);
    return OC_ERR_TOO_BIG;
}

/* WxH or WxH@BITRATE. */
static int take_scale(oc_ff_input_t *in, char *why, size_t size) {
    char box[VALUE_MAX];
    const char *at = strchr(in->target, '@');
    size_t len = at ? (size_t)(at - in->target) : strlen(in->target);
    snprintf(box, sizeof(box), "%.*s", (int)len, in->target);
    if (len < sizeof(box) && set_size(in, box) == OC_OK) {
        in->bitrate_bps = (uint32_t)in->width * in->height * BITS_PER_PIXEL_S;
        in->bitrate_bps = in->bitrate_bps < BPS_SUB ? BPS_SUB : in->bitrate_bps;
        if (!at || set_bitrate(in, at + 1) == OC_OK)
            return OC_OK;
    }
    snprintf(why, size,
             "%.60s is not allowed; use WxH or WxH@BITRATE, W and H even, 160x80 to 8192x8192, "
             "32000 to 200000000 bit/s",
             in->shown);
    return OC_ERR_RANGE;
}

/* Variables are filled in: nothing else makes a name of a device. */
static int take_device(const oc_ff_input_t *in, char *why, size_t size) {
    bool card = in->kind == OC_PLUGIN_ALSA, camera = in->kind == OC_PLUGIN_V4L2;
    if ((!card || oc_device_is_card(in->target)) && (!camera || oc_device_is_camera(in->target)))
        return OC_OK;
    snprintf(why, size, "%.60s is not allowed; use %s", in->shown,
             card ? "alsa: and " OC_DEVICE_CARD_ALLOWED : OC_DEVICE_CAMERA_ALLOWED);
    return OC_ERR_RANGE;
}

int oc_ff_url_parse(const char *url, const char *(*lookup)(const char *name), oc_ff_input_t *out,
                    char *why, size_t size) {
    const char *end = options_at(url), *text = url;
    memset(out, 0, sizeof(*out));
    out->kind = oc_plugin_kind(url);
    out->tls = strncmp(url, "https:", 6) == 0 || strncmp(url, "rtsps:", 6) == 0 ||
               strncmp(url, "rtmps:", 6) == 0;
    out->bitrate_bps = 2000000;
    out->gop_ms = 1000;
    out->path_style = -1;
    oc_ff_url_show(url, out->shown, sizeof(out->shown));
    if (out->kind == OC_PLUGIN_NONE) {
        snprintf(why, size, "%.60s: not an input of FFmpeg", out->shown);
        return OC_ERR_FORMAT;
    }
    if (out->kind == OC_PLUGIN_TEST) {
        snprintf(out->shown, sizeof(out->shown), "test");
        out->width = 1280;
        out->height = 720;
        out->fps_milli = 30000;
        out->tone = true;
        text = strchr(url, '?') ? strchr(url, '?') + 1 : url + strcspn(url, ":#");
        text += *text == ':' || *text == '#';
        snprintf(out->target, sizeof(out->target), "test");
        return take_all(out, text, why, size);
    }
    static const char *const cut[] = {"ffmpeg:", "file://", "file:", "v4l2:", "alsa:", "scale:"};
    for (size_t i = 0; i < sizeof(cut) / sizeof(*cut) && text == url; i++)
        text += strncmp(url, cut[i], strlen(cut[i])) == 0 ? strlen(cut[i]) : 0;
    int rc = fill_in(out, text, end, lookup, why, size);
    if (rc == OC_OK && !out->target[0]) {
        snprintf(why, size, "%s: nothing follows the colon", out->shown);
        rc = OC_ERR_FORMAT;
    }
    if (rc == OC_OK && out->kind == OC_PLUGIN_SCALE)
        rc = take_scale(out, why, size);
    if (rc == OC_OK)
        rc = take_device(out, why, size);
    return rc == OC_OK && *end == '#' ? take_all(out, end + 1, why, size) : rc;
}
