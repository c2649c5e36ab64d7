// No inline script, style or data: address may come out of this: the host forbids them (CSP).
export default {
    base: './',
    build: {
        target: 'es2022',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
        chunkSizeWarningLimit: 500,
    },
};
