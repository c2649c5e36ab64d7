#include "oc_clock.h"
#include <stdbool.h>
#include <string.h>
#include "oc_err.h"

#define US_PER_MS      1000
#define US_PER_DAY     (24LL * 3600 * 1000 * 1000)
#define LAST_DAY       2932896 /* 9999-12-31, days since 1970-01-01 */
#define DAYS_PER_ERA   146097  /* 400 Gregorian years */
#define DAYS_0000_1970 719468  /* from 0000-03-01, where the count of an era starts */

/* Days since 1970-01-01 of a date of the Gregorian calendar. A year is counted from March, so that
 * the leap day is its last day and months 0..11 start at (153 * month + 2) / 5. */
static int32_t days_of_date(int32_t year, int32_t month, int32_t day) {
    int32_t y = month <= 2 ? year - 1 : year;
    int32_t m = month <= 2 ? month + 9 : month - 3;
    int32_t era = y / 400, of_era = y % 400;
    return era * DAYS_PER_ERA + of_era * 365 + of_era / 4 - of_era / 100 + (153 * m + 2) / 5 + day -
           1 - DAYS_0000_1970;
}

static void date_of_days(int32_t days, int32_t *year, int32_t *month, int32_t *day) {
    int32_t d = days + DAYS_0000_1970;
    int32_t era = d / DAYS_PER_ERA;
    d %= DAYS_PER_ERA;
    int32_t of_era = (d - d / 1460 + d / 36524 - d / 146096) / 365;
    d -= of_era * 365 + of_era / 4 - of_era / 100;
    int32_t m = (5 * d + 2) / 153;
    *day = d - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = era * 400 + of_era + (*month <= 2);
}

static char *put(char *p, int32_t value, int digits) {
    for (int i = digits - 1; i >= 0; i--) {
        p[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return p + digits;
}

void oc_clock_format(int64_t wall_us, char out[OC_CLOCK_TEXT]) {
    const int64_t last = (LAST_DAY + 1LL) * US_PER_DAY - 1;
    int64_t t = wall_us < 0 ? 0 : wall_us > last ? last : wall_us;
    int32_t year, month, day;
    date_of_days((int32_t)(t / US_PER_DAY), &year, &month, &day);
    int32_t ms = (int32_t)(t % US_PER_DAY / US_PER_MS);
    char *p = put(put(put(out, year, 4), month, 2), day, 2);
    *p++ = 'T';
    p = put(put(put(p, ms / 3600000, 2), ms / 60000 % 60, 2), ms / 1000 % 60, 2);
    *p++ = '.';
    p = put(p, ms % 1000, 3);
    *p++ = 'Z';
    *p = '\0';
}

/* -1 when one of the characters is no digit. */
static int32_t number(const char *text, int digits) {
    int32_t v = 0;
    for (int i = 0; i < digits; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        v = v * 10 + (text[i] - '0');
    }
    return v;
}

int oc_clock_parse(const char *text, size_t len, int64_t *wall_us) {
    if (len != OC_CLOCK_TEXT - 1 || text[8] != 'T' || text[15] != '.' || text[19] != 'Z')
        return OC_ERR_FORMAT;
    int32_t year = number(text, 4), month = number(text + 4, 2), day = number(text + 6, 2);
    int32_t hour = number(text + 9, 2), minute = number(text + 11, 2);
    int32_t second = number(text + 13, 2), ms = number(text + 16, 3);
    if (year < 1970 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 59 || ms < 0)
        return OC_ERR_FORMAT;
    int32_t days = days_of_date(year, month, day), y, m, d;
    date_of_days(days, &y, &m, &d);
    if (y != year || m != month || d != day) /* 30 February came out as another date */
        return OC_ERR_FORMAT;
    *wall_us = days * US_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000000LL + ms * 1000LL;
    return OC_OK;
}

/* value = quotient * unit + rest with 0 <= rest < unit, also for negative values. */
static int64_t split(int64_t value, uint32_t unit, uint32_t *rest) {
    int64_t q = value / (int64_t)unit, r = value % (int64_t)unit;
    if (r < 0) {
        r += unit;
        q--;
    }
    *rest = (uint32_t)r;
    return q;
}

int64_t oc_clock_rescale(int64_t value, uint32_t from, uint32_t to) {
    uint32_t rest;
    if (from == 0 || to == 0)
        return 0;
    int64_t whole = split(value, from, &rest);
    /* rest and to are below 2^32: the product and half of `from` fit 64 bits together */
    uint64_t part = ((uint64_t)rest * to + from / 2) / from;
    if (whole > INT64_MAX / (int64_t)to)
        return INT64_MAX;
    if (whole < INT64_MIN / (int64_t)to)
        /* the one place where the product alone is out of range although the sum may not be */
        return whole + 1 < INT64_MIN / (int64_t)to
                   ? INT64_MIN
                   : oc_clock_add((whole + 1) * (int64_t)to, (int64_t)part - (int64_t)to);
    return oc_clock_add(whole * (int64_t)to, (int64_t)part);
}

int64_t oc_clock_add(int64_t a, int64_t b) {
    if (b > 0 && a > INT64_MAX - b)
        return INT64_MAX;
    if (b < 0 && a < INT64_MIN - b)
        return INT64_MIN;
    return a + b;
}

int oc_clock_compare(int64_t a, uint32_t a_scale, int64_t b, uint32_t b_scale) {
    uint32_t a_rest, b_rest;
    int64_t a_whole = split(a, a_scale, &a_rest), b_whole = split(b, b_scale, &b_rest);
    if (a_whole != b_whole)
        return a_whole < b_whole ? -1 : 1;
    uint64_t x = (uint64_t)a_rest * b_scale, y = (uint64_t)b_rest * a_scale;
    return x < y ? -1 : x > y;
}
