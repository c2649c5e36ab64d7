// Every C file of ours in mc.so, compiled as the SDK does, has no warning: the SDK's makefile asks for none.
import { existsSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { jobs, root, run } from '../../scripts/lib.mjs';
import { environment } from '../../scripts/sdk-build.mjs';
import { findSdk } from '../../scripts/sdk-find.mjs';
import { readProduct } from '../../scripts/sdk-manifest.mjs';
import { programFolder } from '../../scripts/sdk-tests.mjs';

const sdk = findSdk(['mcconfig']);
const makefile = path.join(root, programFolder.replace('/bin/', '/tmp/'), 'makefile');
const warnings = ['-Wall', '-Wextra', '-Wshadow', '-Wno-unused-parameter', '-Werror', '-fsyntax-only'];

/** The SDK's command for one C file, for its warnings alone and with the SDK's headers as the system's. @returns {Promise<string>} */
async function compiler() {
    const print = 'oc-compiler: ; @:$(info $(CC) $(C_DEFINES) $(C_INCLUDES) $(C_FLAGS))';
    const { code, output } = await run(['make', '-f', makefile, '--eval', print, 'oc-compiler'], { env: environment(sdk), timeout: 60 });
    if (code !== 0 || !output.includes(' -c ')) {
        throw new Error(`${makefile}: ${output}`);
    }
    return `${output.trim().replaceAll(` -I${sdk.folder}/`, ` -isystem ${sdk.folder}/`)} ${warnings.join(' ')}`;
}

/** @param {string} command @param {string} source @returns {Promise<string>} what the compiler says */
async function compile(command, source) {
    const { code, output } = await run(['sh', '-c', `${command} ${path.join(root, source)}`], { timeout: 60 });
    return code === 0 ? output : output || `${source}: exit status ${code}`;
}

test('no C file of ours in mc.so has a warning', async (t) => {
    t.true(existsSync(makefile), makefile);
    const command = await compiler();
    const { sources } = readProduct(root, 'manifest.json', 'lin');
    const left = [...sources];
    t.true(left.length > 100, `${left.length} files`);
    /** @type {string[]} */
    const said = [];
    const worker = async () => {
        for (let source = left.pop(); source !== undefined; source = left.pop()) {
            said.push(await compile(command, source));
        }
    };
    await Promise.all(Array.from({ length: jobs }, worker));
    t.is(said.length, sources.length);
    t.is(said.filter((text) => text !== '').join('\n'), '');
});
