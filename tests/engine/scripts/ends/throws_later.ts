interface Late {
    reason: string;
}
function later(late: Late): void {
    throw new TypeError(late.reason);
}
setTimeout(() => {
    later({ reason: 'later' });
}, 1);
setTimeout(() => {
    console.log('never');
}, 20);
