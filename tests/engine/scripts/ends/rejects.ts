interface Nothing {
    nothing: never;
}
async function reject(_: Nothing | undefined): Promise<void> {
    await Promise.resolve();
    throw new Error('nobody listens');
}
setTimeout(() => void reject(undefined), 1);
setTimeout(() => {
    console.log('never');
}, 20);
