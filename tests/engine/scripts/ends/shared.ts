for (const make of [() => new SharedArrayBuffer(8), () => Atomics.wait(new Int32Array(8), 0, 0)]) {
    try {
        make();
        console.log('made');
    } catch (error) {
        console.log(error instanceof Error ? error.name : 'no error');
    }
}
