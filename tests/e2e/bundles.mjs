// Keys and bundles for the tests of updates, made by the tools of this repository.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib.mjs';
import { hanging } from '../guard.mjs';

const tool = path.join(root, 'tools', 'update', 'update.mjs');

/** @param {readonly string[]} args */
const run = (args) => execFileSync(process.execPath, [tool, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

/** A new key pair. @param {string} folder @param {string} [name] @returns {{ key: string, pub: string }} */
export function newKey(folder, name = 'K') {
    const key = path.join(folder, `${name}.pem`);
    run(['keys', 'new', '--out', key, '--no-passphrase']);
    return { key, pub: `${key}.pub` };
}

/**
 * A bundle.
 * @param {string} folder where it is written
 * @param {string} app the archive
 * @param {string} version
 * @param {string} key
 * @param {readonly string[]} [more] options of `ocellus bundle build`
 * @returns {Buffer}
 */
export function bundle(folder, app, version, key, more = []) {
    const out = path.join(folder, `${version}.ocb`);
    run(['bundle', 'build', '--app', app, '--name', 'camera', '--version', version, '--key', key, '--out', out, ...more]);
    return readFileSync(out);
}

/** A bundle that revokes a key. @param {string} folder @param {string} key @param {string} revoked */
export function revocation(folder, key, revoked) {
    const out = path.join(folder, 'revoke.ocb');
    run(['keys', 'revoke', '--key', key, '--revoke', revoked, '--out', out]);
    return readFileSync(out);
}

/** @param {import('./device.mjs').Device} device @param {Uint8Array} bytes */
export async function post(device, bytes) {
    const response = await fetch(`${await device.url()}/api/update`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/octet-stream' },
        body: new Uint8Array(bytes),
        signal: hanging(),
    });
    return { status: response.status, body: /** @type {any} */ (await response.json()) };
}
