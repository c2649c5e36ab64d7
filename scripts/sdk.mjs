// `npm run sdk:lin` and its like: builds with the Moddable SDK that MODDABLE names.
import { existsSync, mkdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Plain, root } from './lib.mjs';
import { buildArchive, buildFirmware, buildProgram, described, place } from './sdk-build.mjs';
import { findIdf, findSdk, needIdfTools, needLibraries, ownBoards, refusal, sdkBoards } from './sdk-find.mjs';
import { setupSdk } from './sdk-setup.mjs';
import { setup } from './setup.mjs';
import { foreground } from './start.mjs';

/**
 * @typedef {object} Command
 * @property {string} use arguments
 * @property {readonly string[]} help lines
 * @property {(args: string[]) => Promise<number>} run
 */

/** Needed for mc.so. */
export const buildTools = ['mcconfig', 'mcrun', 'xsc', 'xsid', 'xsl', 'mcrez'];
const modTools = ['mcrun', 'xsc', 'xsl'];
/** For pkg-config, with their Debian packages. */
export const libraries = { 'gio-2.0': 'libglib2.0-dev', libuv: 'libuv1-dev', libwebsockets: 'libwebsockets-dev', libssl: 'libssl-dev', jansson: 'libjansson-dev', sqlite3: 'libsqlite3-dev', libcurl: 'libcurl4-openssl-dev', expat: 'libexpat1-dev' };

/** npm packages (TypeScript, Vite) and what the Linux host needs. */
async function ready() {
    const code = await setup('start');
    if (code !== 0) {
        throw new Plain('packages are missing, see above', code);
    }
}

/** @param {string[]} args @param {string} flag @returns {boolean} whether it was there; takes it out */
function take(args, flag) {
    const at = args.indexOf(flag);
    if (at >= 0) {
        args.splice(at, 1);
    }
    return at >= 0;
}

/** @param {string[]} args @param {string} flag @returns {string[]} its value, as `flag value` or `flag=value`; takes it out */
function takeValue(args, flag) {
    const at = args.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
    if (at < 0) {
        return [];
    }
    const [found = '', ...values] = args.splice(at, args[at] === flag ? 2 : 1);
    return found === flag ? values : [found.slice(flag.length + 1)];
}

/** @param {string} name @param {readonly string[]} args */
function nothingMore(name, args) {
    if (args.length > 0) {
        throw new Plain(`sdk:${name}: ${args[0]} is not known; npm run sdk:${name} -- --help`, 2);
    }
}

/** @param {boolean} debug @param {readonly string[]} tools @returns {Promise<string>} mc.so */
async function program(debug, tools) {
    const sdk = findSdk(tools);
    await ready(); // installs most of them, or names all that is missing at once
    await needLibraries(libraries);
    return buildProgram(sdk, debug);
}

/** @type {Record<string, Command>} */
export const commands = {
    setup: {
        use: '[--yes]',
        help: [
            'Installs the Moddable SDK with its own installer, xs-dev, after a question. Needs a network and sudo.',
            '--yes  agrees beforehand',
        ],
        run: setupSdk,
    },
    lin: {
        use: '[--debug]',
        help: ['Builds the program for the simulator: mc.so, with app.xsa, clip.mp4 and the viewer beside it,', 'and ocellus-lin, which runs it without a display.', '--debug  with the xsbug connection, not optimised'],
        run: async (args) => {
            const debug = take(args, '--debug');
            nothingMore('lin', args);
            const file = await program(debug, buildTools);
            const loader = path.relative(root, path.join(path.dirname(file), 'ocellus-lin'));
            console.log(`ocellus: ${described(file)}\n  without a display: ${loader} run\n  in the simulator:  npm run sdk:sim${debug ? ' -- --debug' : ''}`);
            return 0;
        },
    },
    sim: {
        use: '[--debug] [options of `ocellus run`]',
        help: ['Builds as sdk:lin does, then runs mcsim with it until its window is closed. Needs a display.'],
        run: async (args) => {
            const debug = take(args, '--debug');
            if (!process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) {
                throw new Plain('sdk:sim needs a display, DISPLAY is not set: `npm start` runs the program without one', 2);
            }
            const file = await program(debug, [...buildTools, 'mcsim']);
            const bin = findSdk(['mcsim']).bin;
            // the simulator copies mc.so there and does not make the folders above
            const settings = process.env['XDG_CONFIG_HOME'] || path.join(os.homedir(), '.config');
            mkdirSync(path.join(settings, 'tech.moddable.mcsim'), { recursive: true });
            process.env['OCELLUS_FOLDER'] = path.dirname(file);
            process.env['OCELLUS_OPTIONS'] = args.map((text) => `'${text.replaceAll("'", "'\\''")}'`).join(' ');
            return foreground(path.join(bin, 'mcsim'), [file]);
        },
    },
    mod: {
        use: '',
        help: ['Builds the application alone, as an archive for the engine of the SDK: one file for lin and ESP32-S3.'],
        run: async (args) => {
            nothingMore('mod', args);
            const sdk = findSdk(modTools);
            await ready();
            const file = place(await buildArchive(sdk, 'lin', false), 'app.xsa');
            console.log(`ocellus: ${described(file)}`);
            return 0;
        },
    },
    esp32s3: {
        use: '--board NAME [--debug]',
        help: ['Builds the firmware for a board with an ESP32-S3; does not flash it. Needs ESP-IDF (IDF_PATH).', `boards: ${boards()}`],
        run: async (args) => {
            const debug = take(args, '--debug');
            const [name] = takeValue(args, '--board');
            nothingMore('esp32s3', args);
            if (name === undefined) {
                throw new Plain(`sdk:esp32s3 needs --board NAME, one of ${boards()}`, 2);
            }
            const sdk = findSdk(buildTools);
            const platform = platformOf(sdk.folder, name);
            await needIdfTools(findIdf());
            await ready();
            const folder = await buildFirmware(sdk, platform, debug);
            console.log(`ocellus: firmware for ${name} in ${path.relative(root, folder)}`);
            return 0;
        },
    },
};

/** @returns {string} all known boards */
function boards() {
    const ofSdk = Object.entries(sdkBoards).map(([name, sensor]) => `${name} (${sensor})`);
    return [...ownBoards(), ...ofSdk].join(', ');
}

/** @param {string} sdk its folder @param {string} name @returns {string} for `-p` */
function platformOf(sdk, name) {
    if (ownBoards().includes(name)) {
        // relative, because the SDK makes the whole argument lower case
        return `esp32:./hosts/esp32/boards/${name}`;
    }
    const why = refusal(name);
    if (why !== undefined) {
        throw new Plain(`sdk:esp32s3: ${name} cannot be used: ${why}`, 2);
    }
    if (!Object.hasOwn(sdkBoards, name)) {
        throw new Plain(`sdk:esp32s3: no board ${name}; known are ${boards()}`, 2);
    }
    if (!existsSync(path.join(sdk, 'build', 'devices', 'esp32', 'targets', name))) {
        throw new Plain(`sdk:esp32s3: the Moddable SDK in ${sdk} does not know ${name}`, 2);
    }
    return `esp32/${name}`;
}

/** @param {string[]} args @returns {Promise<number>} */
export async function main(args) {
    const [name = '', ...rest] = args;
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) {
        throw new Plain(`npm run sdk:${Object.keys(commands).join('|sdk:')}`, 2);
    }
    if (rest.includes('--help')) {
        console.log([`npm run sdk:${name} -- ${command.use}`, ...command.help.map((line) => `  ${line}`)].join('\n'));
        return 0;
    }
    return command.run(rest);
}
