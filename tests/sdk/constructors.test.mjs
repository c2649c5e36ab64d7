// With a Moddable SDK: its compiler puts C in the place of the constructors that tools/checks/preload.mjs takes for such.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { transformWithOxc } from 'vite';
import { run } from '../../scripts/lib.mjs';
import { findSdk } from '../../scripts/sdk-find.mjs';
import { oneCalls, others } from './constructors.mjs';

const sdk = findSdk(['xsc']);

test('the compiler says that it keeps the constructors that the check takes for kept, and of no other', async (t) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'ocellus-sdk-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    for (const [made, kept] of [...oneCalls.map((one) => /** @type {const} */ ([one, false])), ...others.map((one) => /** @type {const} */ ([one, true]))]) {
        const { code } = await transformWithOxc(`export class A extends Native('xs_d') { ${made} #own() {} }`, 'a.ts', { sourcemap: false });
        writeFileSync(path.join(folder, 'a.js'), code);
        const compiled = await run([path.join(sdk.bin, 'xsc'), '-c', '-o', folder, '-r', 'a', path.join(folder, 'a.js')]);
        t.is(compiled.code, 0, compiled.output);
        t.is(compiled.output.includes('cannot optimize native'), kept, `${made}\n${compiled.output}`);
    }
});
