// Modules of the page for tests in Node: bundled as Vite bundles them, one file each.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { root } from '../../scripts/lib.mjs';

/**
 * @param {string} file below viewer/src
 * @returns {Promise<any>} what it exports
 */
export async function load(file) {
    const folder = path.join(root, 'build', 'viewer-tests', file.replace(/\W+/g, '-'));
    mkdirSync(folder, { recursive: true });
    await build({
        configFile: false,
        resolve: { alias: { 'ocellus/app': path.join(root, 'modules') } },
        root: path.join(root, 'viewer'),
        logLevel: 'error',
        build: {
            outDir: folder,
            emptyOutDir: true,
            minify: false,
            lib: { entry: path.join(root, 'viewer', 'src', file), formats: ['es'], fileName: () => 'module.mjs' },
        },
    });
    return import(pathToFileURL(path.join(folder, 'module.mjs')).href);
}
