#include "oc_ff_task.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "oc_err.h"
#include "oc_ff_convert.h"
#include "oc_ff_memory.h"
#include "oc_ff_object.h"

#define STACK_BYTES (2 * 1024 * 1024)

typedef struct task {
    int input, output;
} task_t;

/* FFmpeg goes on without a word when it gets no memory: then the result is not whole. */
static void check_memory(oc_convert_end_t *end) {
    size_t refused = oc_ff_memory_refused_bytes();
    if (!refused)
        return;
    end->result = OC_ERR_NOMEM;
    snprintf(end->why, sizeof(end->why), "it needs more memory than ocellus-ffmpeg may take");
}

static void *run(void *context) {
    task_t task = *(task_t *)context;
    oc_convert_order_t order;
    oc_convert_end_t end;
    oc_convert_head_t head = {.kind = OC_CONVERT_END, .len = sizeof(end)};
    free(context);
    oc_ff_memory_of_source();
    if (oc_ff_object_take(task.output, &order, sizeof(order))) {
        oc_ff_convert_run(&order, task.input, task.output, &end);
        check_memory(&end);
        if (oc_ff_object_give(task.output, &head, sizeof(head)))
            oc_ff_object_give(task.output, &end, sizeof(end));
    }
    shutdown(task.input, SHUT_RDWR);
    shutdown(task.output, SHUT_WR);
    close(task.input);
    close(task.output);
    return NULL;
}

bool oc_ff_task_begin(int input, int output) {
    pthread_attr_t attributes;
    pthread_t thread;
    task_t *task = malloc(sizeof(*task));
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    if (task) {
        *task = (task_t){.input = input, .output = output};
        if (pthread_create(&thread, &attributes, run, task) == 0)
            return true;
    }
    free(task);
    close(input);
    close(output);
    return false;
}
