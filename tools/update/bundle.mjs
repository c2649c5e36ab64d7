// `ocellus bundle build|sign|verify|inspect`.
import { isVersion } from 'ocellus/app/base/semver';
import { needsResource } from '../bundle/needs.mjs';
import { NotAnArchive, readArchive } from '../app/archive.mjs';
import { namesOf } from '../app/surface.mjs';
import { createFile, readBytes, replaceFile } from './files.mjs';
import { bundleMax, manifestBox, NotABundle, noteMax, readBundle, sha256Of, signedBy, signedBytes, writeBundle } from './format.mjs';
import { idOf, readPublic, signerOf } from './keys.mjs';
import { need, parse, runCommand, Unable, Usage, whole } from './words.mjs';

/** @typedef {import('./words.mjs').Options} Options */

export const bundleUsage = `usage: ocellus bundle COMMAND

  build --app FILE.xsa --version V --key KEY --out FILE.ocb
        makes and signs a bundle. --app again: the same application for another
        engine ("ocellus app build --sdk"). KEY: a file of "ocellus keys new", or
        "pkcs11:…". More: --name --channel (stable) --revision --counter (0)
        --host (least version) --api-level --settings-version (0) --notes FILE
  sign FILE.ocb --key KEY
        adds a signature
  verify FILE.ocb --key KEY.pub [--key OTHER.pub]
        whether one of these keys signed it
  inspect FILE.ocb
        what is in it

  all: --json, for KEY --passphrase-file FILE, --pin-file FILE; secrets also in
  OCELLUS_KEY_PASSPHRASE, OCELLUS_PKCS11_PIN
`;

/** @type {Options} */
const secretOptions = { key: { type: 'string' }, 'passphrase-file': { type: 'string' }, 'pin-file': { type: 'string' }, json: { type: 'boolean' } };

/** @param {import('./words.mjs').Parsed} parsed */
export const signerFrom = (parsed) => signerOf(need(parsed, 'key'), { passphraseFile: parsed.text('passphrase-file'), pinFile: parsed.text('pin-file') });

/** @template T @param {string} file @param {() => T} work @returns {T} */
export function named(file, work) {
    try {
        return work();
    } catch (error) {
        if (error instanceof NotABundle || error instanceof NotAnArchive) throw new Unable(`${file}: ${error.message}`);
        throw error;
    }
}

/** @param {string} file */
export const openBundle = (file) => {
    const data = readBytes(file, bundleMax);
    return { data, bundle: named(file, () => readBundle(data)) };
};

/** Of an archive that has no name of its own, as the host calls it too. */
const factoryName = 'camera';

/** What an archive says of itself. @param {string} file */
function openArchive(file) {
    const data = readBytes(file, bundleMax);
    const { engine, resources } = named(file, () => readArchive(data));
    const needs = resources.get(needsResource);
    if (needs !== undefined && (needs.length !== 16 || needs.toString('latin1', 0, 4) !== 'OCAP' || needs.readUInt32LE(4) !== 1)) {
        throw new Unable(`${file}: ${needsResource} is not of a form that is known`);
    }
    const own = resources.get('ocellus.json');
    let declared;
    try {
        declared = own && JSON.parse(own.toString('utf8'));
    } catch {
        throw new Unable(`${file}: its ocellus.json is no JSON`);
    }
    return {
        file,
        data,
        engine: `xs-${engine.join('.')}`,
        name: String(declared?.name ?? factoryName),
        apiLevel: needs?.readUInt32LE(8) ?? 1,
        capabilities: needs?.readUInt32LE(12) ?? 0,
    };
}

/** @param {import('./words.mjs').Parsed} parsed */
function readInput(parsed) {
    const files = parsed.all('app');
    if (files.length === 0) throw new Usage('--app is missing');
    const archives = files.map(openArchive).sort((a, b) => (a.engine < b.engine ? -1 : 1));
    const [first] = archives;
    for (const { file, engine, capabilities } of archives) {
        if (capabilities !== first?.capabilities) {
            throw new Unable(`${file}: other capabilities (${namesOf(capabilities).join(', ') || 'none'}) than those of ${first?.engine}: build both of the same source`);
        }
        if (archives.filter((one) => one.engine === engine).length > 1) throw new Unable(`two archives for ${engine}`);
    }
    return archives;
}

const buildOptions = /** @type {Options} */ ({
    ...secretOptions,
    app: { type: 'string', multiple: true },
    ...Object.fromEntries(['version', 'out', 'name', 'channel', 'revision', 'counter', 'host', 'api-level', 'settings-version', 'notes'].map((name) => [name, { type: 'string' }])),
});

/** @param {readonly string[]} args */
async function build(args) {
    const parsed = parse(args, buildOptions, 0, 0);
    const [out, version] = [need(parsed, 'out'), need(parsed, 'version')];
    if (!isVersion(version)) throw new Usage(`--version: "${version}" is not allowed: a version as 1.2.3 (SemVer 2.0)`);
    need(parsed, 'key');
    const archives = readInput(parsed);
    const notes = parsed.text('notes');
    const box = named(out, () =>
        manifestBox({
            name: parsed.text('name') ?? archives[0]?.name ?? '',
            version,
            channel: parsed.text('channel') ?? 'stable',
            revision: parsed.text('revision') ?? '',
            counter: whole(parsed, 'counter', 0, 0xffffffff),
            host: parsed.text('host') ?? '0.0.0',
            apiLevel: whole(parsed, 'api-level', Math.max(...archives.map(({ apiLevel }) => apiLevel)), 0xffff),
            capabilities: archives[0]?.capabilities ?? 0,
            settings: whole(parsed, 'settings-version', 0, 0xffffffff),
            notes: notes === undefined ? '' : readBytes(notes, noteMax).toString('utf8').replaceAll('\r\n', '\n').trimEnd(),
            engines: archives.map(({ engine, data }) => ({ engine, bytes: data.length, sha256: sha256Of(data) })),
            revoked: [],
        }),
    );
    const signer = await signerFrom(parsed);
    const signature = { id: signer.id.toString('hex'), value: signer.sign(signedBytes(box)) };
    const data = named(out, () => writeBundle({ box, signatures: [signature], archives: archives.map((one) => one.data) }));
    createFile(out, data, 0o644);
    const report = describe(out, data);
    console.log(parsed.is('json') ? JSON.stringify(report) : `${out}: ${report.name} ${version} for ${report.engines.map(({ engine }) => engine).join(', ')}, ${data.length.toLocaleString('en')} bytes, key ${signature.id}`);
    return 0;
}

/** What is in a bundle, for people and other programs. @param {string} file @param {Buffer} data */
export function describe(file, data) {
    const { manifest, box, signatures } = named(file, () => readBundle(data));
    return {
        file,
        bytes: data.length,
        sha256: sha256Of(data),
        ...manifest,
        capabilities: namesOf(manifest.capabilities),
        manifestSha256: sha256Of(box),
        signedBy: signatures.map(({ id }) => id),
    };
}

/** @param {readonly string[]} args */
async function addSignature(args) {
    const parsed = parse(args, secretOptions, 1, 1);
    const file = parsed.words[0] ?? '';
    const { bundle } = openBundle(file);
    const signer = await signerFrom(parsed);
    const id = signer.id.toString('hex');
    if (bundle.signatures.some((one) => one.id === id)) throw new Unable(`${file}: key ${id} signed it already`);
    if (bundle.manifest.revoked.includes(id)) throw new Unable(`${file}: key ${id} cannot sign its own revocation`);
    const signatures = [...bundle.signatures, { id, value: signer.sign(signedBytes(bundle.box)) }];
    replaceFile(file, named(file, () => writeBundle({ ...bundle, signatures })));
    const ids = signatures.map((one) => one.id);
    console.log(parsed.is('json') ? JSON.stringify({ file, signedBy: ids }) : `${file}: signed by ${ids.join(', ')}`);
    return 0;
}

/** @param {readonly string[]} args */
function check(args) {
    const parsed = parse(args, { key: { type: 'string', multiple: true }, json: { type: 'boolean' } }, 1, 1);
    const file = parsed.words[0] ?? '';
    if (parsed.all('key').length === 0) throw new Usage('--key is missing');
    const keys = parsed.all('key').map((name) => {
        const key = readPublic(name);
        return { id: idOf(key).toString('hex'), key };
    });
    const { bundle } = openBundle(file);
    const by = signedBy(bundle, keys);
    if (parsed.is('json')) console.log(JSON.stringify({ file, valid: by.length > 0, signedBy: by }));
    if (by.length === 0) {
        const ids = bundle.signatures.map(({ id }) => id);
        const known = ids.some((id) => keys.some((one) => one.id === id));
        throw new Unable(`${file}: ${known ? 'the signature is wrong: the manifest was changed' : `signed by ${ids.join(', ')}, none of the keys given`}`);
    }
    if (!parsed.is('json')) console.log(`${file}: ${bundle.manifest.name} ${bundle.manifest.version}, signed by ${by.join(', ')}`);
    return 0;
}

/** @param {readonly string[]} args */
function inspect(args) {
    const parsed = parse(args, { json: { type: 'boolean' } }, 1, 1);
    const file = parsed.words[0] ?? '';
    const report = describe(file, openBundle(file).data);
    if (parsed.is('json')) {
        console.log(JSON.stringify(report));
        return 0;
    }
    const rows = [
        ['bundle', `${report.name} ${report.version}, channel ${report.channel}${report.revision && `, revision ${report.revision}`}`],
        ['size', `${report.bytes.toLocaleString('en')} bytes, SHA-256 ${report.sha256}`],
        ['counter', String(report.counter)],
        ['needs', `host ${report.host}, API level ${report.apiLevel}, settings ${report.settings}`],
        ['may', report.capabilities.join(', ') || 'nothing'],
        ...report.engines.map(({ engine, bytes, sha256 }) => ['archive', `${engine}, ${bytes.toLocaleString('en')} bytes, SHA-256 ${sha256}`]),
        ...report.revoked.map((id) => ['revokes', `key ${id}`]),
        ['manifest', `SHA-256 ${report.manifestSha256}`],
        ['signed by', report.signedBy.map((id) => `${id} (not checked here)`).join(', ')],
    ];
    console.log([...rows.map(([name = '', text]) => `${name.padEnd(10)}${text}`), ...(report.notes ? ['', report.notes] : [])].join('\n'));
    return 0;
}

/** @param {readonly string[]} args */
export const bundleCommand = (args) => runCommand('bundle', bundleUsage, { build, sign: addSignature, verify: check, inspect }, args);
