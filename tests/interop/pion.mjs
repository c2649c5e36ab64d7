// Builds the peer of Pion's (bridges/pion.go) from what Debian packages, without a network: golang-github-pion-webrtc.v3-dev
// 3.1.56 with SCTP 1.8.5, which drops an INIT that names what it does not know.
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../scripts/lib.mjs';

const folder = path.join(root, 'build', 'interop');

/** The program. */
export const pionProgram = path.join(folder, 'pion');

/** Some 13 s the first time, then 1. */
export async function buildPion() {
    const source = path.join(folder, 'src', 'pionpeer'); // below a GOPATH and with a go.mod, so that "/v3" in an import is understood
    mkdirSync(source, { recursive: true });
    copyFileSync(path.join(import.meta.dirname, 'bridges', 'pion.go'), path.join(source, 'pion.go'));
    writeFileSync(path.join(source, 'go.mod'), 'module pionpeer\n');
    const env = { ...process.env, GO111MODULE: 'off', GOPATH: `${folder}:/usr/share/gocode`, GOCACHE: path.join(folder, 'cache'), GOFLAGS: '', GOPROXY: 'off' };
    await promisify(execFile)('go', ['build', '-o', pionProgram, '.'], { cwd: source, env });
}
