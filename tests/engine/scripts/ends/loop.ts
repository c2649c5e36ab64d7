setTimeout(() => {
    for (;;) {
        /* for ever */
    }
}, 1);
