// `ocellus app …`: applications of one's own, outside of the repository of Ocellus. Node 18.17 or newer: that of
// Debian 12 will do. Exit: 0 done; 1 the application is wrong, or something is missing; 2 usage.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Mistakes } from '../bundle/archive.mjs';
import { buildApp } from './build.mjs';
import { checkApp, describe } from './check.mjs';
import { findKit, Unable } from './kit.mjs';
import { newApp } from './new.mjs';
import { runApp } from './run.mjs';
import { buildForSdk } from './sdk.mjs';

const usage = `usage: ocellus app COMMAND

  new NAME              make the folder NAME with an application that runs
  build [DIR] [--sdk [--debug]]
                        build/NAME.xsa of the application in DIR (.); with --sdk
                        for the Moddable SDK in $MODDABLE: build/NAME-sdk.xsa;
                        --debug: names sources by their paths, for xsbug
  run [DIR] [--watch] [-- OPTIONS]
                        build it and run the camera with it; OPTIONS are those of
                        "ocellus run"; --watch: after each save it is built again
                        and replaces the application that runs
  check FILE.xsa|DIR [--json]
                        what it is, what it may do, whether this host runs it
`;

class Usage extends Error {}

/** @param {readonly string[]} words @param {Record<string, { type: 'boolean' }>} options @param {number} min @param {number} max */
function parse(words, options, min, max) {
    let parsed;
    try {
        parsed = parseArgs({ args: [...words], options, allowPositionals: true });
    } catch (error) {
        throw new Usage(/** @type {Error} */ (error).message.split('. ')[0]);
    }
    const { positionals, values } = parsed;
    if (positionals.length < min) throw new Usage('a name or file is missing');
    if (positionals.length > max) throw new Usage(`"${positionals[max]}" is one word too many`);
    return { values: /** @type {Record<string, boolean | undefined>} */ (values), word: positionals[0] };
}

/** @param {import('./build.mjs').Built} built */
const summary = ({ file, bytes, modules }) => `${path.relative(process.cwd(), file)}: ${bytes.toLocaleString('en')} bytes, ${modules} modules`;

/** By their names. @type {Readonly<Record<string, (words: readonly string[]) => number | Promise<number>>>} */
const commands = {
    new: (words) => {
        const { word = '' } = parse(words, {}, 1, 1);
        newApp(word, findKit());
        console.log(`${word}: made. Next:\n\n  cd ${/[^\w./-]/.test(word) ? `'${word}'` : word}\n  npm install\n  ocellus app run --watch\n`);
        return 0;
    },
    build: (words) => {
        const { values, word = '.' } = parse(words, { sdk: { type: 'boolean' }, debug: { type: 'boolean' } }, 0, 1);
        const folder = path.resolve(word);
        const debug = values['debug'] === true;
        if (debug && !values['sdk']) throw new Usage('--debug is of --sdk');
        console.log(summary(values['sdk'] ? buildForSdk(folder, findKit(), debug) : buildApp(folder, findKit())));
        return 0;
    },
    run: async (words) => {
        const end = words.indexOf('--');
        const { values, word = '.' } = parse(end < 0 ? words : words.slice(0, end), { watch: { type: 'boolean' } }, 0, 1);
        const kit = findKit();
        return runApp(path.resolve(word), kit, { watch: values['watch'] === true, options: end < 0 ? [] : words.slice(end + 1) });
    },
    check: (words) => {
        const { values, word = '' } = parse(words, { json: { type: 'boolean' } }, 1, 1);
        const report = checkApp(word, findKit());
        console.log(values['json'] ? JSON.stringify(report) : describe(report));
        return report.problems.length === 0 ? 0 : 1;
    },
};

/** @param {readonly string[]} argv */
async function main([name, ...words]) {
    if (name === '--help' || name === 'help' || words.includes('--help')) {
        console.log(usage.trimEnd());
        return 0;
    }
    const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) throw new Usage(name === undefined ? 'a command is missing' : `"${name}" is no command`);
    return command(words);
}

try {
    process.exitCode = await main(process.argv.slice(2));
} catch (error) {
    if (error instanceof Usage) {
        console.error(`ocellus app: ${error.message}; see ocellus app --help`);
        process.exitCode = 2;
    } else if (error instanceof Unable || error instanceof Mistakes) {
        if (error.message) console.error(error instanceof Unable ? `ocellus app: ${error.message}` : error.message);
        process.exitCode = 1;
    } else {
        throw error;
    }
}
