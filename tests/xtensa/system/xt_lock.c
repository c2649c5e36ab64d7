/* The C library's locks (its sys/lock.h), around malloc and files: nobody else runs meanwhile. */
#include "xt_system.h"

#include <sys/lock.h>

struct __lock {
    char unused;
};

struct __lock __lock___libc_recursive_mutex;

static uint32_t mask_before;
static unsigned depth;

void __retarget_lock_acquire_recursive(_LOCK_T lock) {
    uint32_t mask = xt_hold();
    (void)lock;
    if (depth++ == 0)
        mask_before = mask;
}

void __retarget_lock_release_recursive(_LOCK_T lock) {
    (void)lock;
    if (--depth == 0)
        xt_release(mask_before);
}

void __retarget_lock_acquire(_LOCK_T lock) {
    __retarget_lock_acquire_recursive(lock);
}

void __retarget_lock_release(_LOCK_T lock) {
    __retarget_lock_release_recursive(lock);
}

void __retarget_lock_init(_LOCK_T *lock) {
    *lock = &__lock___libc_recursive_mutex;
}

void __retarget_lock_init_recursive(_LOCK_T *lock) {
    *lock = &__lock___libc_recursive_mutex;
}

void __retarget_lock_close(_LOCK_T lock) {
    (void)lock;
}

void __retarget_lock_close_recursive(_LOCK_T lock) {
    (void)lock;
}
