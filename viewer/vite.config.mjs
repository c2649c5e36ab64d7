// No inline script, style or data: address may come out of this: the host forbids them (CSP).
import { fileURLToPath } from 'node:url';

/** @param {string} file */
const page = (file) => fileURLToPath(new URL(file, import.meta.url));

export default {
    base: './',
    resolve: { alias: { 'ocellus/app': page('../modules') } },
    build: {
        rollupOptions: { input: [page('index.html'), page('login.html'), page('watch.html')], checks: { pluginTimings: false } },
        target: 'es2022',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
        chunkSizeWarningLimit: 500,
    },
};
