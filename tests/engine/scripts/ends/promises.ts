function next(): Promise<void> {
    return Promise.resolve().then(next);
}
setTimeout(() => void next(), 1);
