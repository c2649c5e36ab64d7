setTimeout(() => {
    throw {
        get stack(): string {
            throw new Error('no stack');
        },
        toString(): string {
            throw new Error('no text');
        },
    };
}, 1);
