// `npm run sdk:setup`: the Moddable SDK by its own installer, xs-dev. On request only, after a question.
// xs-dev and what it depends on are pinned in tools/xs-dev and installed below build/, not in node_modules.
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline/promises';
import { Plain, root, run, step } from './lib.mjs';
import { findSdk } from './sdk-find.mjs';

const pinned = path.join(root, 'tools', 'xs-dev');
const installed = path.join(root, 'build', 'xs-dev');
/** Of what the SDK's builds need; the simulator is needed for a window only. */
const tools = ['mcconfig', 'mcrun', 'xsc', 'xsl', 'mcsim'];

/** Where xs-dev puts the SDK. @param {NodeJS.ProcessEnv} env */
const target = (env) => env['MODDABLE'] || path.join(os.homedir(), '.local', 'share', 'moddable');

/**
 * What will happen, for a person to agree to.
 * @param {string} folder of the SDK
 * @returns {string[]}
 */
export function plan(folder) {
    const { packages } = JSON.parse(readFileSync(path.join(pinned, 'package-lock.json'), 'utf8'));
    const version = packages['node_modules/xs-dev'].version;
    return [
        'this installs the Moddable SDK with its own installer:',
        `  from npm      xs-dev ${version}, ${Object.keys(packages).length - 1} packages, 59 MB in build/xs-dev; hashes checked, no install scripts`,
        '  from apt      by sudo: gcc git wget make libncurses-dev flex bison gperf libgtk-3-dev',
        `  from GitHub   the latest release of Moddable-OpenSource/moddable with its tools, about 360 MB in ${folder}`,
        '  and a line in the profile of your shell that sets MODDABLE and PATH',
    ];
}

/** @param {string} folder @returns {boolean} whether an SDK is there and will do; a folder that will not is an error */
function present(folder) {
    if (!existsSync(folder)) {
        return false;
    }
    const sdk = findSdk(tools, { MODDABLE: folder });
    const exports = process.env['MODDABLE'] ? '' : `; set MODDABLE=${folder}`;
    console.log(`ocellus: Moddable SDK ${sdk.version} is in ${folder}: nothing to do${exports}`);
    return true;
}

/** @param {boolean} yes asked for on the command line */
async function agree(yes) {
    if (yes) {
        return;
    }
    if (!process.stdin.isTTY) {
        throw new Plain('sdk:setup asks before it downloads, and there is no terminal: --yes agrees', 2);
    }
    const terminal = readline.createInterface({ input: process.stdin, output: process.stdout });
    const answer = (await terminal.question('Install it now? [y/N] ')).trim().toLowerCase();
    terminal.close();
    if (answer !== 'y' && answer !== 'yes') {
        throw new Plain('nothing installed', 1);
    }
}

/** xs-dev calls sudo where it cannot ask for a password, also as root. */
async function needSudo() {
    const { code } = await run(['sudo', '--non-interactive', 'true']);
    if (code === 127) {
        throw new Plain('sdk:setup needs sudo, which xs-dev calls even as root: install the Debian package sudo', 2);
    }
    if (code !== 0) {
        throw new Plain('sdk:setup needs sudo without a password: `sudo -v`, then again', 2);
    }
}

/** @param {string[]} args @returns {Promise<number>} */
export async function setupSdk(args) {
    const unknown = args.find((arg) => arg !== '--yes');
    if (unknown !== undefined) {
        throw new Plain(`sdk:setup: ${unknown} is not known; npm run sdk:setup -- --help`, 2);
    }
    const folder = target(process.env);
    if (present(folder)) {
        return 0;
    }
    console.log(plan(folder).join('\n'));
    await agree(args.includes('--yes'));
    await needSudo();
    mkdirSync(installed, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) {
        copyFileSync(path.join(pinned, file), path.join(installed, file));
    }
    await step('xs-dev from npm', ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: installed });
    const code = await xsDev(['setup']);
    if (code !== 0) {
        throw new Plain(`xs-dev setup ended with exit code ${code}`);
    }
    const sdk = findSdk(tools, { MODDABLE: folder });
    console.log(`ocellus: Moddable SDK ${sdk.version} is in ${folder}; open a new shell, or set MODDABLE=${folder}`);
    return 0;
}

/** @param {string[]} args @returns {Promise<number>} exit code */
function xsDev(args) {
    const program = path.join(installed, 'node_modules', 'xs-dev', 'bin', 'xs-dev');
    const child = spawn(process.execPath, [program, ...args], { stdio: 'inherit' });
    return new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('exit', (code) => resolve(code ?? 1));
    });
}
