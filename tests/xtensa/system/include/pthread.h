/* pthread - the part the tests use, on the bare machine: threads on one core, switched by a timer
 * at any instruction. In user mode there are none and pthread_create says ENOSYS. */
#ifndef XT_PTHREAD_H
#define XT_PTHREAD_H

typedef unsigned pthread_t;
typedef struct pthread_attr pthread_attr_t;

int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                   void *context);
int pthread_join(pthread_t thread, void **result);
int sched_yield(void); /* sched.h of picolibc leaves it out */

#endif
