/* cmocka_first - what cmocka.h wants in front of it. */
#ifndef CMOCKA_FIRST_H
#define CMOCKA_FIRST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#endif
