/* oc_assert - what holds inside of this program whatever comes from outside. Kept in release
 * builds: the log gets one line with file, line and condition, then the program aborts, for going
 * on would record or send what is wrong. Never for what a camera, a network, a disk or a script
 * sends: that is an error code. */
#ifndef OC_ASSERT_H
#define OC_ASSERT_H

/* The condition is evaluated once, in every build. */
#define oc_assert(condition)                                                                       \
    ((condition) ? (void)0 : oc_assert_failed(__FILE__, __LINE__, #condition))

/* Logs "oc_ring.c:12: a == b does not hold" (the name of the file without its folders), aborts. */
_Noreturn void oc_assert_failed(const char *file, int line, const char *condition);

#endif
