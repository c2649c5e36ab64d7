// Applications of the update tests: good ones, and ones that fail in each way. Each answers /api/hello with its version.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { app, install } from '../../app/folder.mjs';
import { ocellus } from '../../update/tools.mjs';
import { eventually } from '../device.mjs';

/** @param {string} version @param {{ options?: string, started?: string, before?: string }} [own] */
export const source = (version, { options = 'settingsVersion: 1,', started = '', before = '' } = {}) => `import { start } from 'ocellus/app/system/application';
${before}
void start({
    name: 'updated',
    settings: { note: { type: 'text', default: '', title: 'Note' } },
    ${options}
    async started(app) {
        app.route('GET', '/api/hello', () => ({ body: '${version}' }));
        ${started}
    },
});
`;

/** Why an update must not stay, and the status of a refusal; `test:all` takes the first six. @type {Readonly<Record<string, { source?: (version: string) => string, refused?: number }>>} */
export const mistakes = {
    signature: { refused: 403 },
    'throws at start': { source: (version) => source(version, { before: "throw new Error('no start');" }) },
    'loops in a callback': { source: (version) => source(version, { started: 'setTimeout(() => { for (;;) {} }, 200);' }) },
    heap: { source: (version) => source(version, { started: "const all: string[] = []; setTimeout(() => { for (;;) all.push('x'.repeat(10000) + all.length); }, 200);" }) },
    'refuses migration': { source: (version) => source(version, { options: "settingsVersion: 2, migrate() { throw new Error('not these settings'); }," }) },
    'adopts nothing': { source: () => "import { Plane } from 'ocellus/plane';\nvoid new Plane().ready();\n" },
    truncated: { refused: 400 },
    engine: { refused: 412 },
    'throws later': { source: (version) => source(version, { started: "setTimeout(() => { throw new Error('later'); }, 300);" }) },
    rejects: { source: (version) => source(version, { started: "void Promise.reject(new Error('nobody listens'));" }) },
    'loops at start': { source: (version) => source(version, { before: 'for (;;) {}' }) },
    'loops in promises': { source: (version) => source(version, { started: 'const again = (): Promise<void> => Promise.resolve().then(again); void again();' }) },
    'loops in a regexp': { source: (version) => source(version, { started: "setTimeout(() => /^(a+)+$/.test('a'.repeat(40) + 'b'), 200);" }) },
    'never ready': { source: (version) => source(version, { started: 'await new Promise<void>(() => undefined);' }) },
};

/** Gives it a bundle. @param {string} url @param {Buffer} bundle */
export const send = (url, bundle) => fetch(`${url}/api/update`, { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: new Uint8Array(bundle) });

/** The state when the attempt of this version is over. @param {import('../device.mjs').Device} device @param {string} version @returns {Promise<any>} */
export const attempted = (device, version) =>
    eventually(async () => {
        const state = await device.json('/api/update');
        return state.state === 'idle' && state.history[0]?.version === version ? state : undefined;
    }, `the end of ${version}`, 90);

/** A folder in which applications are built and signed; keys.pub is what the device trusts. */
export class Workshop {
    /** @param {string} folder empty, deleted by the caller @param {{ name?: string, sdk?: boolean }} [options] sdk: an archive for the SDK's engine is in each bundle too */
    constructor(folder, { name = 'updated', sdk = false } = {}) {
        this.folder = folder;
        this.name = name;
        this.sdk = sdk;
        this.count = 0;
    }

    /** @param {string} line */
    async #works(line) {
        const [name = '', ...words] = line.split(' ');
        const { code, err } = await (name === 'app' ? app(this.folder, words) : ocellus(this.folder, [name, ...words]));
        if (code !== 0) throw new Error(`ocellus ${line}: ${err}`);
    }

    async open() {
        await this.#works('keys new --out k.pem');
        await this.#works('keys new --out other.pem');
        await this.#works(`app new ${this.name}`);
        install(path.join(this.folder, this.name));
        return this;
    }

    /** Trusted by the device. */
    get key() {
        return path.join(this.folder, 'k.pem.pub');
    }

    /** The bundle of an application. @param {string} version @param {string} text @param {string} [key] @param {string} [more] options of `bundle build` @returns {Promise<Buffer>} */
    async build(version, text, key = 'k.pem', more = '') {
        const file = `b${++this.count}.ocb`;
        writeFileSync(path.join(this.folder, this.name, 'src', 'main.ts'), text);
        await this.#works(`app build ${this.name}`);
        if (this.sdk) await this.#works(`app build ${this.name} --sdk`);
        const archives = this.sdk ? [this.name, `${this.name}-sdk`] : [this.name];
        const words = archives.map((archive) => `--app ${this.name}/build/${archive}.xsa`).join(' ');
        await this.#works(`bundle build ${words} --name ${this.name} --version ${version} --key ${key} --out ${file} ${more}`.trimEnd());
        return readFileSync(path.join(this.folder, file));
    }

    /** A good one. @param {string} version @param {string} [more] options of `bundle build` */
    good(version, more) {
        return this.build(version, source(version), undefined, more);
    }

    /** A bad one. @param {string} version @param {string} mistake one of `mistakes` */
    async bad(version, mistake) {
        if (mistake === 'signature') return this.build(version, source(version), 'other.pem');
        const text = mistakes[mistake]?.source?.(version);
        if (text !== undefined) return this.build(version, text);
        const bundle = await this.good(version);
        if (mistake === 'truncated') return bundle.subarray(0, bundle.length - 1000);
        // of an engine that this host has not: the archive says so itself
        const archive = path.join(this.folder, this.name, 'build', `${this.name}.xsa`);
        const bytes = readFileSync(archive);
        const at = bytes.indexOf('VERS') + 4;
        bytes[at] = 99;
        writeFileSync(path.join(this.folder, 'foreign.xsa'), bytes);
        const file = `b${++this.count}.ocb`;
        await this.#works(`bundle build --app foreign.xsa --name ${this.name} --version ${version} --key k.pem --out ${file}`);
        return readFileSync(path.join(this.folder, file));
    }
}
