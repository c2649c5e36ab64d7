/** Tries to survive a stop. */
function forever(): void {
    try {
        for (;;) {
            /* for ever */
        }
    } finally {
        forever();
    }
}
setTimeout(forever, 1);
