// sdk-beside.mjs FOLDER [--debug]: the last step of mcconfig's build for lin (hosts/sdk/make.lin.mk). Puts the
// application, the clip, the page and ocellus-lin beside mc.so.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Plain, root } from './lib.mjs';
import { buildBeside } from './sdk-build.mjs';
import { findSdk } from './sdk-find.mjs';

/** @param {string[]} args */
async function main([folder = '', ...flags]) {
    if (!existsSync(path.join(root, 'node_modules', 'vite'))) {
        throw new Plain(`the npm packages of ${root} are not installed: \`npm ci\` there, then build again`, 2);
    }
    await buildBeside(findSdk(['mcrun', 'xsc', 'xsl']), folder, flags.includes('--debug'));
}

try {
    await main(process.argv.slice(2));
} catch (error) {
    if (!(error instanceof Plain)) {
        throw error;
    }
    console.error(error.message);
    process.exitCode = error.exitCode;
}
