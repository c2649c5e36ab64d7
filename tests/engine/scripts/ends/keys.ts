const names: Record<string, number> = {};
setTimeout(() => {
    for (let i = 0; ; i++) {
        names[`key${i}`] = i;
    }
}, 1);
