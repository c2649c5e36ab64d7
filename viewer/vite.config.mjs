// No inline script, style or data: address may come out of this: the host forbids them (CSP).
import { fileURLToPath } from 'node:url';
import { firstModules, firstTexts } from './first-texts.mjs';
import { smallPreload } from './small-preload.mjs';

/** @param {string} file */
const page = (file) => fileURLToPath(new URL(file, import.meta.url));

export default {
    base: './',
    plugins: [firstTexts(), smallPreload()],
    resolve: { alias: { 'ocellus/app': page('../modules'), 'ocellus/crypto': page('src/cloud/crypto.ts') } },
    build: {
        rollupOptions: {
            input: [...['index', 'login', 'watch', 'cloud', 'embed'].map((name) => page(`${name}.html`)), page('src/embed/hls.ts')],
            // a script of other sites: its name and what it exports are known to them
            preserveEntrySignatures: 'exports-only',
            output: {
                entryFileNames: (/** @type {{ name: string }} */ { name }) => (name === 'hls' ? 'ocellus-hls.js' : 'assets/[name]-[hash].js'),
                // what the first picture needs is one file: each further one is a request of its own
                codeSplitting: { groups: [{ name: 'first', test: (/** @type {string} */ id) => isFirst(id) }] },
            },
            checks: { pluginTimings: false },
        },
        target: 'es2022',
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
        chunkSizeWarningLimit: 500,
    },
};

/** Part of the file that comes with the page; the entries stay by themselves. @param {string} id */
function isFirst(id) {
    return (firstModules.has(id) && !/[/\\](?:main|login)\.ts$/.test(id)) || /preload-helper|rolldown[/\\]runtime|eye\.svg/.test(id);
}
