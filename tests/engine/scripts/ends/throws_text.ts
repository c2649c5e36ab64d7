setTimeout(() => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- what scripts do
    throw 'just text';
}, 1);
