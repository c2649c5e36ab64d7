/* snapshots_curl - what 1,000 snapshot channels cost a program of nothing but libcurl: at a steady
 * pace one picture is read from a camera and sent to a target, over connections that are kept, with
 * the largest buffers. Prints count, bytes and CPU seconds.
 *   snapshots_curl CAMERA TARGET COUNT SPACING_US */
#define _GNU_SOURCE
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define PICTURE_MAX (1024u * 1024u)

typedef struct picture {
    uint8_t bytes[PICTURE_MAX];
    size_t len, sent;
} picture_t;

static size_t take(char *bytes, size_t size, size_t count, void *context) {
    picture_t *picture = context;
    size_t len = size * count;
    if (len > PICTURE_MAX - picture->len)
        return 0;
    memcpy(picture->bytes + picture->len, bytes, len);
    picture->len += len;
    return len;
}

static size_t give(char *out, size_t size, size_t count, void *context) {
    picture_t *picture = context;
    size_t left = picture->len - picture->sent, len = size * count < left ? size * count : left;
    memcpy(out, picture->bytes + picture->sent, len);
    picture->sent += len;
    return len;
}

static size_t drop(char *bytes, size_t size, size_t count, void *context) {
    return size * count;
}

static double cpu_seconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void wait_until(struct timespec *due, long spacing_us) {
    due->tv_nsec += spacing_us * 1000;
    due->tv_sec += due->tv_nsec / 1000000000;
    due->tv_nsec %= 1000000000;
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, due, NULL);
}

int main(int argc, char **argv) {
    static picture_t picture;
    if (argc != 5 || curl_global_init(CURL_GLOBAL_ALL) != 0)
        return 2;
    long count = atol(argv[3]), spacing_us = atol(argv[4]);
    CURL *get = curl_easy_init(), *put = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    headers = curl_slist_append(headers, "Content-Type: image/jpeg");
    curl_easy_setopt(get, CURLOPT_URL, argv[1]);
    curl_easy_setopt(get, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(get, CURLOPT_WRITEDATA, &picture);
    curl_easy_setopt(get, CURLOPT_BUFFERSIZE, 512L * 1024);
    curl_easy_setopt(put, CURLOPT_URL, argv[2]);
    curl_easy_setopt(put, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(put, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(put, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(put, CURLOPT_READDATA, &picture);
    curl_easy_setopt(put, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(put, CURLOPT_UPLOAD_BUFFERSIZE, 512L * 1024);
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    double before = 0, bytes = 0;
    for (long i = -1; i < count; i++) { /* the first opens the connections and does not count */
        if (i == 0)
            before = cpu_seconds();
        wait_until(&due, spacing_us);
        picture.len = picture.sent = 0;
        if (curl_easy_perform(get) != CURLE_OK)
            return 1;
        curl_easy_setopt(put, CURLOPT_INFILESIZE_LARGE, (curl_off_t)picture.len);
        if (curl_easy_perform(put) != CURLE_OK)
            return 1;
        bytes += i < 0 ? 0 : (double)picture.len;
    }
    printf("{\"count\":%ld,\"bytes\":%.0f,\"cpu\":%.6f}\n", count, bytes, cpu_seconds() - before);
    curl_slist_free_all(headers);
    curl_easy_cleanup(get);
    curl_easy_cleanup(put);
    curl_global_cleanup();
    return 0;
}
