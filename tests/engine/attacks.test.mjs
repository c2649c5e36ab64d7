// Attacks from inside: an application without a capability looks for a way to what it was not given
// (tests/engine/scripts/attacks). The same files run on the engine of the Moddable SDK (tests/sdk/run.mjs).
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { build, root, run, scripts } from './lib.mjs';

const all = 255;

for (const file of readdirSync(join(root, 'tests', 'engine', 'scripts', 'attacks'))) {
    const name = file.replace(/\.ts$/, '');
    test(`no way in: ${name}`, async (t) => {
        const argv = ['--withhold', String(all), `ocellus/test/attacks/${name}`, scripts, join(build, 'tests.xsa')];
        const { status, out, err } = await run(join(build, 'xsrun'), argv);
        t.regex(out, /^# [1-9]\d* passed, 0 failed, 0 skipped$/m, out + err);
        t.is(status, 0, err);
    });
}
