// A fresh Debian of its own: made by debootstrap, entered by chroot, booted by systemd-nspawn. Needs root.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readSystem } from '../../../scripts/lib.mjs';
import { eventually, sleep } from '../../e2e/device.mjs';
import { sh } from '../packages.mjs';

/** Code name of this machine's Debian: the packages are for it. */
const release = () => /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';

/** One such system. */
export class Debian {
    /** @param {string} folder */
    constructor(folder) {
        this.folder = folder;
    }

    /** Makes one in a temporary folder. @param {readonly string[]} files packages to have at hand, in /packages */
    static make(files) {
        if (readSystem().id !== 'debian') {
            throw new Error('packages of this system are not for Debian');
        }
        const folder = path.join(mkdtempSync(path.join(os.tmpdir(), 'ocellus-root-')), 'root');
        try {
            // what it mounts goes with it, also when it is ended
            sh('unshare', ['--mount', 'debootstrap', '--variant=minbase', '--include=systemd,debconf', release(), folder]);
        } catch (error) {
            rmSync(path.dirname(folder), { recursive: true, force: true });
            throw error;
        }
        const debian = new Debian(folder);
        mkdirSync(path.join(folder, 'packages'));
        for (const file of files) {
            copyFileSync(file, path.join(folder, 'packages', path.basename(file)));
        }
        for (const list of ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']) {
            if (existsSync(list)) {
                copyFileSync(list, path.join(folder, list)); // security updates too
            }
        }
        debian.noServices(true);
        return debian;
    }

    /** While it is entered by chroot nothing may be started. @param {boolean} on */
    noServices(on) {
        const file = path.join(this.folder, 'usr/sbin/policy-rc.d');
        rmSync(file, { force: true });
        if (on) {
            writeFileSync(file, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
        }
    }

    /**
     * Runs a shell line inside, with a /proc of its own.
     * @param {string} line
     * @returns {{ code: number, output: string }}
     */
    run(line) {
        const inside = `mount -t proc proc '${this.folder}/proc' && exec chroot '${this.folder}' sh -c "$0"`;
        const env = { PATH: process.env['PATH'], DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
        const ended = spawnSync('unshare', ['--mount', '--pid', '--fork', 'sh', '-c', inside, line], { encoding: 'utf8', env });
        return { code: ended.status ?? 128, output: ended.stdout + ended.stderr };
    }

    /** The same; throws when it fails. @param {string} line @returns {string} */
    do(line) {
        const { code, output } = this.run(line);
        if (code !== 0) {
            throw new Error(`${line}: exit ${code}\n${output}`);
        }
        return output.trimEnd();
    }

    /** Boots it, on a network of its own with a loopback only. @returns {Promise<Booted>} */
    async boot() {
        this.noServices(false);
        const argv = ['--register=no', '--keep-unit', '--private-network', '--console=pipe', '-q', '-D', this.folder, '--boot'];
        const child = spawn('systemd-nspawn', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
        let said = '';
        for (const stream of [child.stdout, child.stderr]) {
            stream.setEncoding('utf8').on('data', (text) => (said += text));
        }
        const init = await eventually(async () => {
            const found = spawnSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' }).stdout.trim();
            return found === '' ? undefined : found;
        }, 'the first process', 20).catch((error) => {
            throw new Error(`systemd-nspawn: ${error}\n${said}`);
        });
        const booted = new Booted(child, init);
        await eventually(async () => (/^(running|degraded)/.test(booted.run('systemctl is-system-running').output) ? true : undefined), 'boot', 60).catch((error) => {
            throw new Error(`${error}\n${said}\n${booted.run('systemctl list-jobs --no-pager').output}`);
        });
        return booted;
    }

    /** Deletes it. */
    remove() {
        rmSync(path.dirname(this.folder), { recursive: true, force: true });
    }
}

/** A system that runs. */
class Booted {
    /** @param {import('node:child_process').ChildProcess} child @param {string} init its first process, as seen from here */
    constructor(child, init) {
        this.child = child;
        this.init = init;
    }

    /** Runs a shell line in it. @param {string} line @returns {{ code: number, output: string }} */
    run(line) {
        const ended = spawnSync('nsenter', ['-t', this.init, '-a', 'sh', '-c', line], { encoding: 'utf8', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
        return { code: ended.status ?? 128, output: (ended.stdout + ended.stderr).trimEnd() };
    }

    /** A program of this machine on its network. @param {readonly string[]} argv @returns {string} */
    fromHere(argv) {
        return spawnSync('nsenter', ['-t', this.init, '-n', ...argv], { encoding: 'utf8' }).stdout;
    }

    /** The same, not waited for. @param {readonly string[]} argv */
    startHere(argv) {
        return spawn('nsenter', ['-t', this.init, '-n', ...argv], { stdio: ['ignore', 'pipe', 'ignore'] });
    }

    /** JSON of the program's HTTP server. @param {string} address @returns {any} */
    json(address) {
        const script = `fetch('http://127.0.0.1:8080${address}').then((r) => r.text()).then((text) => console.log(text), () => undefined)`;
        const text = this.fromHere([process.execPath, '-e', script]);
        return text.trim() === '' ? undefined : JSON.parse(text);
    }

    /** Ends it in good order. */
    async off() {
        this.run('systemctl poweroff');
        for (let n = 0; n < 300 && this.child.exitCode === null && this.child.signalCode === null; n++) {
            await sleep(100);
        }
        this.child.kill('SIGKILL');
    }
}
