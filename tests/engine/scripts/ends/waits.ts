/** Nothing runs, the loop waits. */
setTimeout(() => undefined, 1_000_000);
