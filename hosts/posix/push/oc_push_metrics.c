#include "oc_push_metrics.h"

#include <stdio.h>

#define NONE        0xffff /* no second word */
#define LABEL_SIZE  (2 * OC_PUSH_LABEL_MAX)
#define WORD(field) (offsetof(oc_push_row_t, field) / 4)

/* A metric of every push, from one or two (lo, hi) words of its row. */
typedef struct metric {
    const char *name, *type, *help;
    uint16_t low, high;
} metric_t;

static const metric_t metrics[] = {
    {"ocellus_push_state", "gauge", "1 waits for its channel, 2 connecting, 3 runs, 4 retries",
     WORD(phase), NONE},
    {"ocellus_push_sent_bytes_total", "counter", "Bytes that the server took", WORD(bytes_lo),
     WORD(bytes_hi)},
    {"ocellus_push_sent_packets_total", "counter", "Packets that the server took", WORD(packets_lo),
     WORD(packets_hi)},
    {"ocellus_push_left_out_gops_total", "counter", "Groups of pictures left out of a slow push",
     WORD(left_out_gops), NONE},
    {"ocellus_push_left_out_packets_total", "counter", "Packets left out of a slow push",
     WORD(left_out_packets_lo), WORD(left_out_packets_hi)},
    {"ocellus_push_reconnects_total", "counter", "Connections behind the first", WORD(reconnects),
     NONE},
    {"ocellus_push_failures_total", "counter", "Connections that failed or were lost",
     WORD(failures_total), NONE},
    {"ocellus_push_queue_bytes", "gauge", "Bytes that wait for the network", WORD(queue_bytes),
     NONE},
};

/* Pushes of one moment; id 0: none. */
typedef struct pushes {
    oc_push_row_t row[OC_PUSHES_MAX];
    char label[OC_PUSHES_MAX][LABEL_SIZE];
} pushes_t;

/* A label's value, as the format escapes it. */
static void escape(const char *name, char out[LABEL_SIZE]) {
    for (; *name; name++) {
        if (*name == '"' || *name == '\\' || *name == '\n')
            *out++ = '\\';
        *out++ = *name == '\n' ? 'n' : *name;
    }
    *out = 0;
}

static unsigned read_all(const oc_push_service_t *service, pushes_t *pushes) {
    unsigned count = 0;
    oc_push_text_t text;
    for (unsigned i = 0; i < OC_PUSHES_MAX; i++) {
        if (!oc_push_service_row(service, i, &pushes->row[i]) ||
            !oc_push_service_text(service, i, &text))
            pushes->row[i].id = 0;
        if (pushes->row[i].id == 0)
            continue;
        escape(text.name, pushes->label[i]);
        count++;
    }
    return count;
}

size_t oc_push_metrics_write(const oc_push_service_t *service, char *out, size_t size) {
    pushes_t pushes;
    size_t len = 0;
    if (read_all(service, &pushes) == 0)
        return 0;
    for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
        const metric_t *metric = &metrics[m];
        len += (size_t)snprintf(out + len, size - len, "# HELP %s %s\n# TYPE %s %s\n", metric->name,
                                metric->help, metric->name, metric->type);
        for (unsigned i = 0; i < OC_PUSHES_MAX && len < size; i++) {
            const uint32_t *words = (const uint32_t *)&pushes.row[i];
            uint64_t number = words[metric->low];
            if (pushes.row[i].id == 0)
                continue;
            if (metric->high != NONE)
                number |= (uint64_t)words[metric->high] << 32;
            len += (size_t)snprintf(out + len, size - len, "%s{push=\"%s\"} %llu\n", metric->name,
                                    pushes.label[i], (unsigned long long)number);
        }
        if (len >= size)
            return 0;
    }
    return len;
}
