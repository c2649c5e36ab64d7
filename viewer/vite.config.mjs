// No inline script, style or data: address may come out of this: the host forbids them (CSP).
import { fileURLToPath } from 'node:url';

/** @param {string} file */
const page = (file) => fileURLToPath(new URL(file, import.meta.url));

export default {
    base: './',
    resolve: { alias: { 'ocellus/app': page('../modules') } },
    build: {
        rollupOptions: {
            input: [...['index', 'login', 'watch', 'cloud', 'embed'].map((name) => page(`${name}.html`)), page('src/embed/hls.ts')],
            // a script of other sites: its name and what it exports are known to them
            preserveEntrySignatures: 'exports-only',
            output: { entryFileNames: (/** @type {{ name: string }} */ { name }) => (name === 'hls' ? 'ocellus-hls.js' : 'assets/[name]-[hash].js') },
            checks: { pluginTimings: false },
        },
        target: 'es2022',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
        chunkSizeWarningLimit: 500,
    },
};
