/* See fake_idf.h: tasks as threads. Cores, priorities and stack sizes are not modelled. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "fake_idf.h"
#include "freertos/task.h"

struct tskTaskControlBlock {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    uint32_t notified;
    bool deleted;
    bool asleep; /* in ulTaskNotifyTake with nothing to take */
    TaskFunction_t run;
    void *context;
};

#define TASKS_MAX 4096

static _Atomic unsigned tasks, made;
static TaskHandle_t all[TASKS_MAX]; /* records are kept: notifications may be under way */
static _Thread_local TaskHandle_t current;

/* True: the task waits and nothing was given to it. */
static bool settled(TaskHandle_t task) {
    pthread_mutex_lock(&task->lock);
    bool result = !task->run || task->deleted || (task->asleep && task->notified == 0);
    pthread_mutex_unlock(&task->lock);
    return result;
}

void fake_settle(void) {
    for (unsigned i = 0; i < made; i++)
        while (!settled(all[i]))
            nanosleep(&(struct timespec){0, 100000}, NULL);
}

unsigned fake_tasks(void) {
    return tasks;
}

static TaskHandle_t make(void) {
    TaskHandle_t task = calloc(1, sizeof *task);
    pthread_condattr_t attributes;
    unsigned place = made++;
    if (!task || place >= TASKS_MAX)
        abort();
    all[place] = task;
    pthread_mutex_init(&task->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&task->cond, &attributes);
    pthread_condattr_destroy(&attributes);
    return task;
}

static void *run(void *context) {
    current = context;
    current->run(current->context);
    fprintf(stderr, "fake FreeRTOS: a task returned\n"); /* the real one would crash */
    abort();
}

BaseType_t xTaskCreatePinnedToCore(TaskFunction_t function, const char *name, uint32_t stack_bytes,
                                   void *context, UBaseType_t priority, TaskHandle_t *out,
                                   BaseType_t core) {
    if (fake_memory_left == 0 || !name[0] || stack_bytes < 1024 || core < 0 || core > 1 ||
        priority > 24)
        return pdFALSE;
    TaskHandle_t task = make();
    task->run = function;
    task->context = context;
    if (out)
        *out = task;
    tasks++;
    if (pthread_create(&task->thread, NULL, run, task) != 0)
        abort();
    return pdPASS;
}

/* The task must be on its way to ulTaskNotifyTake, holding nothing. */
void vTaskDelete(TaskHandle_t task) {
    if (!task || task == current)
        abort(); /* nobody does */
    pthread_mutex_lock(&task->lock);
    task->deleted = true;
    pthread_cond_signal(&task->cond);
    pthread_mutex_unlock(&task->lock);
    pthread_join(task->thread, NULL);
    tasks--;
}

static struct timespec timespec_of(int64_t us) {
    us = us / fake_speed;
    return (struct timespec){us / 1000000, (long)(us % 1000000) * 1000};
}

void vTaskDelay(TickType_t ticks) {
    if (fake_now_us >= 0) {
        fake_now_us += (int64_t)ticks * 1000;
        return;
    }
    struct timespec time = timespec_of((int64_t)ticks * 1000);
    nanosleep(&time, NULL);
}

TaskHandle_t xTaskGetCurrentTaskHandle(void) {
    if (!current)
        current = make();
    return current;
}

BaseType_t xTaskNotifyGive(TaskHandle_t task) {
    pthread_mutex_lock(&task->lock);
    task->notified++;
    pthread_cond_signal(&task->cond);
    pthread_mutex_unlock(&task->lock);
    return pdPASS;
}

uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks) {
    TaskHandle_t task = xTaskGetCurrentTaskHandle();
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    /* for ever is a year: more does not fit a time_t of 32 bits */
    struct timespec wait =
        timespec_of(ticks == portMAX_DELAY ? INT64_C(31536000000000) : (int64_t)ticks * 1000);
    until.tv_sec += wait.tv_sec;
    until.tv_nsec += wait.tv_nsec;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_mutex_lock(&task->lock);
    task->asleep = true;
    while (task->notified == 0 && !task->deleted &&
           pthread_cond_timedwait(&task->cond, &task->lock, &until) == 0)
        ;
    task->asleep = false;
    if (task->deleted) {
        pthread_mutex_unlock(&task->lock);
        pthread_exit(NULL);
    }
    uint32_t count = task->notified;
    task->notified = clear ? 0 : count - (count > 0);
    pthread_mutex_unlock(&task->lock);
    return count;
}
