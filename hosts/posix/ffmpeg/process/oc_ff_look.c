#include "oc_ff_look.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "oc_ff_view.h"

#define STACK_BYTES (1024 * 1024)

typedef struct look {
    int socket;
    uint8_t *memory;
    oc_ff_view_t *view;
} look_t;

static uint64_t cpu_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void *run(void *context) {
    look_t *l = context;
    oc_look_request_t request;
    uint64_t before = cpu_us();
    ssize_t n;
    for (;;) {
        do
            n = recv(l->socket, &request, sizeof(request), 0);
        while (n < 0 && errno == EINTR);
        if (n != (ssize_t)sizeof(request))
            break;
        oc_look_answer_t answer;
        oc_ff_view_serve(l->view, &request, &answer);
        uint64_t now = cpu_us(); /* waking up and the last answer belong to it, too */
        answer.cpu_us = (uint32_t)(now - before);
        before = now;
        if (send(l->socket, &answer, sizeof(answer), MSG_NOSIGNAL) != (ssize_t)sizeof(answer))
            break;
    }
    oc_ff_view_close(l->view);
    munmap(l->memory, OC_LOOK_BYTES);
    close(l->socket);
    free(l);
    return NULL;
}

bool oc_ff_look_begin(int socket, int memory) {
    look_t *l = calloc(1, sizeof(*l));
    void *at = mmap(NULL, OC_LOOK_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    pthread_attr_t attributes;
    pthread_t thread;
    close(memory);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (l && at != MAP_FAILED) {
        l->socket = socket;
        l->memory = at;
        l->view = oc_ff_view_open(at);
        if (l->view && pthread_create(&thread, &attributes, run, l) == 0)
            return true;
        if (l->view)
            oc_ff_view_close(l->view);
    }
    if (at != MAP_FAILED)
        munmap(at, OC_LOOK_BYTES);
    close(socket);
    free(l);
    return false;
}
