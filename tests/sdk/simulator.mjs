// mcsim, the SDK's simulator, on a virtual screen of its own.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { root } from '../../scripts/lib.mjs';
import { program, temporary } from '../e2e/device.mjs';

const sdk = process.env['MODDABLE'] ?? '';
const evidence = path.join(root, 'build', 'evidence');

/** @returns {string} what is missing; '': nothing */
export function missing() {
    const tools = ['Xvfb', 'xdotool', 'import', 'convert'].filter((tool) => !process.env['PATH']?.split(':').some((folder) => existsSync(path.join(folder, tool))));
    if (!existsSync(path.join(sdk, 'build', 'bin', 'lin', 'release', 'mcsim'))) {
        tools.push('mcsim (needs libgtk-3-dev when the SDK is built)');
    }
    return tools.join(', ');
}

/** @returns {Promise<number>} a port nobody listens on */
export const freePort = () =>
    new Promise((resolve) => {
        const server = net.createServer().listen(0, '127.0.0.1', () => {
            const address = server.address();
            server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
        });
    });

/** A screen and mcsim on it; both end with the test. */
export class Simulator {
    output = '';
    /** @type {Record<string, string | undefined>} */
    env = {};
    /** @type {import('node:child_process').ChildProcess | undefined} */
    process;

    /** @param {import('ava').ExecutionContext} t */
    constructor(t) {
        this.t = t;
        this.home = temporary(t);
        this.data = path.join(this.home, 'data');
    }

    /** A screen alone. @param {string} options of `ocellus run` @param {NodeJS.ProcessEnv} [more] */
    async screen(options, more) {
        // Xvfb itself finds a free number and writes it to descriptor 3.
        const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '800x600x24'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
        this.t.teardown(() => screen.kill());
        const number = await new Promise((resolve, reject) => {
            screen.on('error', reject);
            screen.stdio[3]?.once('data', (/** @type {Buffer} */ data) => resolve(data.toString().trim()));
        });
        const { PATH } = process.env;
        this.env = { PATH, HOME: this.home, XDG_CONFIG_HOME: this.home, DISPLAY: `:${number}`, NO_AT_BRIDGE: '1', DBUS_SESSION_BUS_ADDRESS: 'disabled:', OCELLUS_OPTIONS: options, ...more };
    }

    /**
     * @param {string} options of `ocellus run`
     * @param {readonly string[]} [files] a library, and a mod perhaps
     * @param {NodeJS.ProcessEnv} [more]
     */
    async start(options, files = [path.join(path.dirname(program), 'mc.so')], more = {}) {
        await this.screen(options, more);
        const argv = [path.join(root, 'tests', 'sdk', 'device'), ...files];
        this.process = spawn(path.join(sdk, 'build', 'bin', 'lin', 'release', 'mcsim'), argv, { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
        for (const stream of [this.process.stdout, this.process.stderr]) {
            stream?.setEncoding('utf8').on('data', (text) => {
                this.output += text;
            });
        }
        const { process: own } = this;
        this.t.teardown(() => own.kill('SIGKILL'));
    }

    /** @param {string[]} args */
    tool(...args) {
        return execFileSync(args[0] ?? '', args.slice(1), { env: this.env, encoding: 'utf8' });
    }

    /** A picture of the whole screen, kept as evidence. @param {string} name @returns {number} how many colours it has */
    picture(name) {
        mkdirSync(evidence, { recursive: true });
        const file = path.join(evidence, `mcsim-${name}.png`);
        this.tool('import', '-window', 'root', file);
        return Number(this.tool('convert', file, '-unique-colors', '-format', '%w', 'info:'));
    }

    /** @param {{ x: number, y: number }} panel @returns {'dark' | 'red' | 'green' | 'blue'} what its LED has most of */
    led({ x, y }) {
        const file = path.join(this.home, 'led.png');
        this.tool('import', '-window', 'root', '-crop', `1x1+${x + 307}+${y + 13}`, file);
        const [red = 0, green = 0, blue = 0] = this.tool('convert', file, '-format', '%[fx:255*u.r] %[fx:255*u.g] %[fx:255*u.b]', 'info:').split(' ').map(Number);
        return Math.max(red, green, blue) < 110 ? 'dark' : blue > green ? 'blue' : green > red ? 'green' : 'red';
    }

    /** The panel's place on the screen, found by its own colours. @returns {{ x: number, y: number, width: number, height: number }} */
    panel() {
        const file = path.join(this.home, 'panel.png');
        this.tool('import', '-window', 'root', file);
        // rgb565 of the ground: 16, 20, 24
        const box = this.tool('convert', file, '-fill', 'white', '-opaque', 'rgb(16,20,24)', '-fill', 'black', '+opaque', 'white', '-format', '%@', 'info:');
        const [, width, height, x, y] = /^(\d+)x(\d+)\+(\d+)\+(\d+)/.exec(box)?.map(Number) ?? [];
        return { x: x ?? 0, y: y ?? 0, width: width ?? 0, height: height ?? 0 };
    }
}
