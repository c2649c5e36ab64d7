#include "chromium_hello.h"

#include <stdio.h>
#include <stdlib.h>

static int digit(int c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t chromium_hello(unsigned which, uint8_t *out) {
    FILE *file = fopen(VECTORS "/chromium-156-clienthello.txt", "r");
    size_t len = 0;
    int c, high = -1;
    if (!file) {
        perror(VECTORS "/chromium-156-clienthello.txt");
        exit(2);
    }
    while ((c = fgetc(file)) != EOF) {
        if (c == '\n' && which-- == 0)
            break;
        if (which != 0 || digit(c) < 0)
            continue;
        if (high >= 0 && len < 1500)
            out[len++] = (uint8_t)(high << 4 | digit(c));
        high = high < 0 ? digit(c) : -1;
    }
    fclose(file);
    return len;
}
