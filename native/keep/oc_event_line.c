/* See oc_event_line.h. */
#include "oc_event_line.h"

#include <stdio.h>
#include <string.h>
#include "oc_json.h"

#define DAY_MS   INT64_C(86400000)
#define LAST_DAY 2932896 /* 9999-12-31 */

static size_t finish(oc_json_t *json) {
    oc_json_end_object(json);
    if (json->bad || json->len == json->size)
        return 0;
    json->out[json->len++] = '\n';
    return json->len;
}

size_t oc_event_line_begin(char *out, size_t size, const oc_event_begin_t *event) {
    oc_json_t json = oc_json(out, size);
    oc_json_begin_object(&json);
    oc_json_member_string(&json, "op", "begin");
    oc_json_member_int(&json, "id", event->id);
    oc_json_member_int(&json, "at", event->start_ms);
    if (event->end_ms >= 0)
        oc_json_member_int(&json, "end", event->end_ms);
    oc_json_member_string(&json, "kind", event->kind);
    oc_json_member_int(&json, "mask", event->mask);
    oc_json_member_string(&json, "channel", event->channel);
    oc_json_member_bool(&json, "raised", event->raised);
    if (event->data[0])
        oc_json_member_raw(&json, "data", event->data);
    return finish(&json);
}

size_t oc_event_line_change(char *out, size_t size, uint32_t id, oc_event_change_t change,
                            int64_t value) {
    static const char *const words[] = {"end", "protect", "picture", "delete"};
    oc_json_t json = oc_json(out, size);
    oc_json_begin_object(&json);
    oc_json_member_string(&json, "op", words[change]);
    oc_json_member_int(&json, "id", id);
    if (change == OC_EVENT_END)
        oc_json_member_int(&json, "at", value);
    if (change == OC_EVENT_PROTECT)
        oc_json_member_bool(&json, "on", value != 0);
    if (change == OC_EVENT_PICTURE)
        oc_json_member_int(&json, "bytes", value);
    return finish(&json);
}

size_t oc_event_line_whole(const char *bytes, size_t len) {
    while (len > 0 && bytes[len - 1] != '\n')
        len--;
    return len;
}

/* Days since 1970 as year and month, proleptic Gregorian: years from March on, in eras of 400. */
static void month_of(int64_t days, int *year, int *month) {
    int64_t shifted = days + 719468;
    int64_t era = shifted / 146097, day = shifted % 146097;
    int64_t year_of_era = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t day_of_year = day - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t from_march = (5 * day_of_year + 2) / 153;
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

void oc_event_line_path(int64_t start_ms, char out[OC_EVENT_LINE_PATH]) {
    int year, month;
    int64_t days = start_ms < 0 ? 0 : start_ms / DAY_MS;
    month_of(days > LAST_DAY ? LAST_DAY : days, &year, &month);
    snprintf(out, OC_EVENT_LINE_PATH, OC_EVENT_LINE_FOLDER "/%04d%02d.ndjson", year % 10000,
             month % 100);
}

void oc_event_line_picture(int64_t start_ms, uint32_t id, char out[OC_EVENT_LINE_PATH]) {
    oc_event_line_path(start_ms, out);
    char *end = strrchr(out, '.');
    snprintf(end, OC_EVENT_LINE_PATH - (size_t)(end - out), "/%u.jpg", (unsigned)id);
}

bool oc_event_line_is_file(const char *name) {
    return strspn(name, "0123456789") == 6 && strcmp(name + 6, ".ndjson") == 0;
}
