/* CPU time and heap of DTLS handshakes, ours to ours in memory: of each end, of its longest job
 * (what the crypto worker is busy for without a break), at the peak and when it is connected. One
 * JSON line. argv[1]: handshakes. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "oc_dtls.h"
#include "oc_err.h"

typedef struct end {
    oc_dtls_t dtls;
    oc_certificate_t *certificate;
    double cpu_ms, longest_ms;
    unsigned jobs;
} end_t;

static end_t ends[2]; /* client, server */
static size_t peak;

static double cpu_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static size_t heap(void) {
    return mallinfo2().uordblks;
}

static void start(unsigned i) {
    oc_dtls_config_t config = {.client = i == 0, .certificate = ends[i].certificate, .peers = 1};
    config.peer[0].hash = OC_HASH_SHA256;
    memcpy(config.peer[0].digest, oc_certificate_fingerprint(ends[1 - i].certificate),
           OC_CERTIFICATE_FINGERPRINT);
    if (oc_dtls_start(&ends[i].dtls, &config, 0) != OC_OK)
        exit(1);
}

static void jobs(end_t *end) {
    oc_hs_job_t *job;
    while (oc_dtls_poll_job(&end->dtls, 0, &job) == OC_OK) {
        double from = cpu_ms();
        oc_handshake_run(job->handshake, job);
        double took = cpu_ms() - from;
        end->longest_ms = took > end->longest_ms ? took : end->longest_ms;
        end->jobs++;
        peak = heap() > peak ? heap() : peak;
        oc_dtls_job_done(&end->dtls, 0);
    }
}

/* One turn of an end; the other one gets what it sends. */
static void turn(unsigned i) {
    uint8_t out[OC_DTLS_OUTPUT_MAX], plain[OC_DTLS_HELD_MAX];
    int len;
    double from = cpu_ms();
    jobs(&ends[i]);
    while ((len = oc_dtls_poll_output(&ends[i].dtls, out, sizeof out, 0)) > 0)
        oc_dtls_input(&ends[1 - i].dtls, oc_span(out, (size_t)len), 0);
    (void)oc_dtls_poll_data(&ends[i].dtls, plain, sizeof plain, 0);
    ends[i].cpu_ms += cpu_ms() - from;
}

static bool connected(void) {
    return ends[0].dtls.state == OC_DTLS_CONNECTED && ends[1].dtls.state == OC_DTLS_CONNECTED;
}

int main(int argc, char **argv) {
    unsigned count = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 200;
    size_t base = 0, open = 0;
    for (unsigned i = 0; i < 2; i++)
        if (oc_certificate_make(&ends[i].certificate) != OC_OK)
            return 1;
    for (unsigned n = 0; n <= count; n++) { /* the first one warms up */
        if (n == 1) {
            base = peak = heap();
            for (unsigned i = 0; i < 2; i++)
                ends[i].cpu_ms = ends[i].longest_ms = ends[i].jobs = 0;
        }
        start(1);
        start(0);
        for (unsigned i = 0; i < 20 && !connected(); i++)
            turn(i % 2);
        if (!connected())
            return 1;
        open = heap();
        for (unsigned i = 0; i < 2; i++)
            (void)oc_dtls_deinit(&ends[i].dtls);
    }
    printf("{\"handshakes\":%u,\"clientMs\":%.2f,\"serverMs\":%.2f,\"longestJobMs\":%.2f,"
           "\"jobs\":%u,\"peakBytes\":%zu,\"connectedBytes\":%zu,\"leftBytes\":%zd}\n",
           count, ends[0].cpu_ms / count, ends[1].cpu_ms / count,
           ends[0].longest_ms > ends[1].longest_ms ? ends[0].longest_ms : ends[1].longest_ms,
           (ends[0].jobs + ends[1].jobs) / count, (peak - base) / 2, (open - base) / 2,
           (ssize_t)(heap() - base));
    return 0;
}
