let text = 'x';
setTimeout(() => {
    for (;;) {
        text += text;
    }
}, 1);
