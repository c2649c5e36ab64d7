await Promise.resolve();
setTimeout(() => undefined, 1);
