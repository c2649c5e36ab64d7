// The element for other sites as one script, beside the page.
import { fileURLToPath } from 'node:url';

/** @param {string} file */
const page = (file) => fileURLToPath(new URL(file, import.meta.url));

export default {
    resolve: { alias: { 'ocellus/app': page('../modules') } },
    build: {
        target: 'es2022',
        copyPublicDir: false,
        emptyOutDir: false,
        reportCompressedSize: false,
        lib: { entry: page('src/embed/script.ts'), formats: ['es'], fileName: () => 'ocellus-player.js' },
    },
};
