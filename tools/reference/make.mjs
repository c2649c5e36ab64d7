// `npm run docs:api`: the reference of the modules that an application may import, in build/docs/api. An export or a
// method without a docstring fails it. TypeDoc does not know the API of TypeScript 7: it has a TypeScript of its own here.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plain, root, step } from '../../scripts/lib.mjs';
import { listModules } from '../bundle/specifiers.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const { host } = JSON.parse(readFileSync(path.join(root, 'build/linux/dev/kit.json'), 'utf8'));

/** Sources of what an application may import of the host, and of the service that starts it. */
const entries = listModules(path.join(root, 'build/linux/js'))
    .filter(({ specifier, set }) => (set === 'host' && specifier in host) || specifier === 'ocellus/app/system/application')
    .map(({ path: file }) => path.join(root, file.replace(/\.js$/, '.ts')));

if (!existsSync(path.join(here, 'node_modules/typedoc'))) {
    await step('npm packages of the reference', ['npm', 'ci', '--ignore-scripts', '--prefix', here]);
}
const required = ['Class', 'Interface', 'TypeAlias', 'Function', 'Variable', 'Enum', 'Method'];
const options = ['--tsconfig', path.join(root, 'tsconfig.json'), '--out', path.join(root, 'build/docs/api'), '--name', 'Ocellus: modules for applications'];
const checks = ['--validation.notDocumented', 'true', '--validation.notExported', 'false', '--validation.invalidLink', 'true', '--treatValidationWarningsAsErrors'];
const kinds = required.flatMap((kind) => ['--requiredToBeDocumented', kind]);
try {
    const typedoc = path.join(here, 'node_modules/typedoc/bin/typedoc');
    await step('reference', [process.execPath, typedoc, ...options, ...checks, ...kinds, '--readme', 'none', '--skipErrorChecking', '--disableSources', '--logLevel', 'Warn', ...entries], { timeout: 300 });
} catch (error) {
    if (!(error instanceof Plain)) throw error;
    console.error(error.message);
    process.exitCode = 1;
}
