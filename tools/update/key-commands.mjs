// `ocellus keys new|list|public|revoke`.
import { existsSync } from 'node:fs';
import { signerFrom, named } from './bundle.mjs';
import { createFile } from './files.mjs';
import { manifestBox, signedBytes, writeBundle } from './format.mjs';
import { idOf, isEncrypted, newKey, readPublic } from './keys.mjs';
import { need, parse, runCommand, Unable, Usage, whole } from './words.mjs';

export const keysUsage = `usage: ocellus keys COMMAND

  new --out FILE [--passphrase-file FILE | --no-passphrase]
        a new key: FILE (private, mode 0600) and FILE.pub for the devices. The
        passphrase is asked for at a terminal, or given in
        OCELLUS_KEY_PASSPHRASE; without any, FILE is not encrypted
  list FILE…
        id of each key, and whether it is encrypted
  public --key KEY --out FILE.pub
        the public half of a key, for a token: "pkcs11:token=…;object=…"
  revoke --key GOOD --revoke ID|FILE.pub --out FILE.ocb [--counter N]
        a bundle that takes a key out of the devices; signed by another one.
        --revoke again for more

  all: --json; for GOOD also "pkcs11:…", --passphrase-file, --pin-file
`;

/** @param {readonly string[]} args */
async function make(args) {
    const parsed = parse(args, { out: { type: 'string' }, 'passphrase-file': { type: 'string' }, 'no-passphrase': { type: 'boolean' }, json: { type: 'boolean' } }, 0, 0);
    const out = need(parsed, 'out');
    const plain = parsed.is('no-passphrase');
    const passphraseFile = parsed.text('passphrase-file');
    if (plain && passphraseFile !== undefined) throw new Usage('--passphrase-file does not go with --no-passphrase');
    for (const file of [out, `${out}.pub`]) if (existsSync(file)) throw new Unable(`${file} is there already: nothing is overwritten`);
    const { id, encrypted } = await newKey(out, { passphraseFile, plain });
    if (!encrypted && !plain) console.error(`ocellus keys: ${out} is not encrypted: no passphrase was given`);
    console.log(parsed.is('json') ? JSON.stringify({ file: out, public: `${out}.pub`, id, encrypted }) : `${out}: key ${id}; give ${out}.pub to the devices, and ${out} to nobody`);
    return 0;
}

/** @param {string} file */
function describe(file) {
    const pub = `${file}.pub`;
    try {
        return { file, id: idOf(readPublic(file)).toString('hex'), private: false, encrypted: false };
    } catch (error) {
        if (!existsSync(pub) || !(error instanceof Unable) || !error.message.includes('a private key')) throw error;
        return { file, id: idOf(readPublic(pub)).toString('hex'), private: true, encrypted: isEncrypted(file) };
    }
}

/** @param {readonly string[]} args */
function list(args) {
    const parsed = parse(args, { json: { type: 'boolean' } }, 1, 64);
    const keys = parsed.words.map(describe);
    if (parsed.is('json')) console.log(JSON.stringify(keys));
    else for (const key of keys) console.log(`${key.id}  ${key.private ? (key.encrypted ? 'private, encrypted' : 'private, not encrypted') : 'public'}  ${key.file}`);
    return 0;
}

/** @param {readonly string[]} args */
async function publicHalf(args) {
    const option = /** @type {const} */ ({ type: 'string' });
    const parsed = parse(args, { key: option, out: option, 'passphrase-file': option, json: { type: 'boolean' } }, 0, 0);
    const out = need(parsed, 'out');
    const { id, publicKey } = await signerFrom(parsed);
    createFile(out, publicKey.export({ type: 'spki', format: 'pem' }), 0o644);
    console.log(parsed.is('json') ? JSON.stringify({ file: out, id: id.toString('hex') }) : `${out}: key ${id.toString('hex')}`);
    return 0;
}

/** @param {readonly string[]} args */
async function revoke(args) {
    const options = /** @type {const} */ ({ type: 'string' });
    const parsed = parse(args, { key: options, out: options, counter: options, 'passphrase-file': options, 'pin-file': options, revoke: { type: 'string', multiple: true }, json: { type: 'boolean' } }, 0, 0);
    const out = need(parsed, 'out');
    if (parsed.all('revoke').length === 0) throw new Usage('--revoke is missing');
    const revoked = [...new Set(parsed.all('revoke').map((text) => (/^[0-9a-f]{16}$/.test(text) ? text : idOf(readPublic(text)).toString('hex'))))].sort();
    const signer = await signerFrom(parsed);
    const id = signer.id.toString('hex');
    if (revoked.includes(id)) throw new Unable(`key ${id} cannot revoke itself: sign with another one`);
    const counter = whole(parsed, 'counter', 0, 0xffffffff);
    const box = named(out, () =>
        manifestBox({ name: 'keys', version: '0.0.0', channel: 'stable', revision: '', counter, host: '0.0.0', apiLevel: 0, capabilities: 0, settings: 0, notes: '', engines: [], revoked }),
    );
    createFile(out, writeBundle({ box, signatures: [{ id, value: signer.sign(signedBytes(box)) }], archives: [] }), 0o644);
    console.log(parsed.is('json') ? JSON.stringify({ file: out, revoked, signedBy: [id] }) : `${out}: revokes ${revoked.join(', ')}, signed by ${id}`);
    return 0;
}

/** @param {readonly string[]} args */
export const keysCommand = (args) => runCommand('keys', keysUsage, { new: make, list, public: publicHalf, revoke }, args);
