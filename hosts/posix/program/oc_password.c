#define _GNU_SOURCE
#include "oc_password.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "oc_access_store.h"
#include "oc_err.h"
#include "oc_stderr.h"

enum { DONE = 0, FAILED = 1, REFUSED = 2 };

#define LINE_MAX_BYTES (OC_ACCESS_PASSWORD_MAX + 1) /* one more than allowed: too long is seen */

static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
    interrupted = number;
}

/* The next byte, as read. waiting: the signals let through while nothing is there; NULL: as ever. A
 * signal between a look at a flag and read would be waited for in vain, so they come here only. */
static ssize_t read_byte(int fd, char *byte, const sigset_t *waiting) {
    struct pollfd input = {.fd = fd, .events = POLLIN};
    if (waiting && ppoll(&input, 1, NULL, waiting) < 0)
        return -1;
    return read(fd, byte, 1);
}

/* One line without its end. False: nothing was there, a NUL byte, or a signal came. */
static bool read_line(int fd, char line[LINE_MAX_BYTES], const sigset_t *waiting) {
    size_t used = 0;
    char byte = '\0';
    ssize_t got;
    while ((got = read_byte(fd, &byte, waiting)) > 0 && byte != '\n' && byte != '\0') {
        if (used + 1 < LINE_MAX_BYTES)
            line[used++] = byte;
    }
    if (used > 0 && line[used - 1] == '\r')
        used--;
    line[used] = '\0';
    return got >= 0 && (byte == '\n' || (got == 0 && used > 0));
}

/* Asks on the terminal; what is typed is not shown. */
static bool req(const char *prompt, char line[LINE_MAX_BYTES]) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGQUIT};
    enum { COUNT = sizeof(signals) / sizeof(signals[0]) };
    struct sigaction before[COUNT], action = {.sa_handler = on_signal}; /* the wait ends by it */
    struct termios shown, hidden;
    sigset_t blocked, unblocked;
    if (tcgetattr(STDIN_FILENO, &shown) != 0)
        return false;
    sigemptyset(&blocked);
    for (unsigned i = 0; i < COUNT; i++)
        sigaddset(&blocked, signals[i]);
    sigprocmask(SIG_BLOCK, &blocked, &unblocked);
    for (unsigned i = 0; i < COUNT; i++)
        sigaction(signals[i], &action, &before[i]);
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    fputs(prompt, stderr);
    bool done = read_line(STDIN_FILENO, line, &unblocked);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    fputc('\n', stderr);
    for (unsigned i = 0; i < COUNT; i++)
        sigaction(signals[i], &before[i], NULL);
    sigprocmask(SIG_SETMASK, &unblocked, NULL);
    if (interrupted) { /* a loop's handler would note it for a loop that does not run yet */
        signal(interrupted, SIG_DFL);
        raise(interrupted);
    }
    return done && !interrupted;
}

/* NULL: password is filled; else why not. */
static const char *read_password(char password[LINE_MAX_BYTES]) {
    char again[LINE_MAX_BYTES];
    const char *why = NULL;
    if (!isatty(STDIN_FILENO))
        return read_line(STDIN_FILENO, password, NULL)
                   ? oc_access_user_refuses(password)
                   : "no password on standard input: type one in a terminal, or pipe one in";
    if (!req("New password: ", password))
        return "none given";
    why = oc_access_user_refuses(password);
    if (!why && (!req("Once more: ", again) || strcmp(password, again) != 0))
        why = "the two passwords differ";
    oc_crypto_wipe(again, sizeof(again));
    return why;
}

static int report(int code, const char *text, const char *more) {
    char line[320];
    snprintf(line, sizeof(line), "password: %s%s", text, more);
    oc_stderr_report(line);
    return code;
}

int oc_password_run(int root, bool remove) {
    char why[256], password[LINE_MAX_BYTES] = "", text[OC_ACCESS_USERS_TEXT];
    oc_access_users_t users;
    if (remove) {
        int result = oc_access_store_remove(root, OC_ACCESS_STORE_USERS);
        return result == OC_OK ? DONE : report(FAILED, "cannot remove it: ", oc_err_text(result));
    }
    if (oc_access_store_users(root, &users, why, sizeof(why)) != OC_OK)
        return report(FAILED, why, "; remove it by --remove");
    const char *refused = read_password(password);
    if (refused) {
        oc_crypto_wipe(password, sizeof(password));
        return report(REFUSED, refused, "");
    }
    int result = oc_access_user_set(&users, OC_ACCESS_ADMIN, password);
    oc_crypto_wipe(password, sizeof(password));
    if (result == OC_OK) {
        size_t len = oc_access_user_print(&users, text);
        result = oc_access_store_write(root, OC_ACCESS_STORE_USERS, text, len);
    }
    return result == OC_OK ? DONE : report(FAILED, "cannot write it: ", oc_err_text(result));
}
