// Network namespaces with unique names: made, connected, and always taken down, also after an interrupt. What a killed run
// left behind is taken down by the next one: the names hold the process id of their owner.
import { spawn } from 'node:child_process';
import os from 'node:os';
import { must, endGroup, perhaps, run } from './run.mjs';

const prefix = 'ocnet';
let made = 0;
/** @type {Set<Namespaces>} */
const open = new Set();

/** Why this machine cannot run these tests, or an empty string. */
export function problem() {
    if (process.getuid?.() !== 0) {
        return 'network namespaces need root';
    }
    const missing = ['ip', 'nft', 'ethtool', 'sysctl'].filter((name) => perhaps(['sh', '-c', `command -v ${name}`]) === '');
    return missing.length > 0 ? `not installed: ${missing.join(', ')} (npm run setup all)` : '';
}

/** Takes down what belongs to processes that are gone. */
function sweep() {
    for (const name of perhaps(['ip', 'netns', 'list']).matchAll(new RegExp(`^${prefix}-(\\d+)-\\S+`, 'gm'))) {
        try {
            process.kill(Number(name[1]), 0);
        } catch {
            remove(name[0]);
        }
    }
}

/** @param {string} space full name; everything that runs in it is ours, as we made it */
function remove(space) {
    for (const pid of perhaps(['ip', 'netns', 'pids', space]).split('\n').filter(Boolean)) {
        try {
            process.kill(Number(pid), 'SIGKILL');
        } catch {
            // gone
        }
    }
    perhaps(['ip', 'netns', 'delete', space]);
}

function closeAll() {
    for (const spaces of [...open]) {
        spaces.close();
    }
}
process.on('exit', closeAll);
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => {
        closeAll();
        process.exit(128 + os.constants.signals[signal]);
    });
}

/** A set of namespaces that live and end together. */
export class Namespaces {
    /** @type {Map<string, string>} */
    #full = new Map();
    /** @type {Set<import('node:child_process').ChildProcess>} */
    #children = new Set();

    /** @param {readonly string[]} names short names */
    constructor(names) {
        const why = problem();
        if (why) {
            throw new Error(why);
        }
        if (open.size === 0) {
            sweep();
        }
        open.add(this);
        const id = `${prefix}-${process.pid}-${++made}`;
        try {
            for (const name of names) {
                this.#full.set(name, `${id}-${name}`);
                must(['ip', 'netns', 'add', this.full(name)]);
                // The kernel's own IPv6 packets would be counted among those of a test.
                must(this.argv(name, ['sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1']));
                this.ip(name, 'link set lo up');
            }
        } catch (error) {
            this.close();
            throw error;
        }
    }

    /** @param {string} name short name @returns {string} the name that `ip netns` knows */
    full(name) {
        const full = this.#full.get(name);
        if (full === undefined) {
            throw new Error(`no namespace "${name}": ${[...this.#full.keys()].join(', ')}`);
        }
        return full;
    }

    /** Runs `ip` in one. @param {string} name @param {string} words */
    ip(name, words) {
        return must(['ip', '-n', this.full(name), ...words.split(' ')]);
    }

    /** The arguments that run a program in one. @param {string} name @param {readonly string[]} argv */
    argv(name, argv) {
        return ['ip', 'netns', 'exec', this.full(name), ...argv];
    }

    /**
     * Connects two by a cable: what would send segments as one packet is switched off, so that losses are counted right.
     * @param {readonly [name: string, device: string, address: string]} a address with prefix length
     * @param {readonly [name: string, device: string, address: string]} b
     */
    cable(a, b) {
        must(['ip', 'link', 'add', a[1], 'netns', this.full(a[0]), 'type', 'veth', 'peer', 'name', b[1], 'netns', this.full(b[0])]);
        for (const [name, device, address] of [a, b]) {
            must(this.argv(name, ['ethtool', '-K', device, 'tso', 'off', 'gso', 'off', 'gro', 'off', 'tx-udp-segmentation', 'off']));
            this.ip(name, `addr add ${address} dev ${device}`);
            this.ip(name, `link set ${device} up`);
        }
    }

    /** @param {string} name lets it pass on packets */
    forward(name) {
        must(this.argv(name, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']));
    }

    /**
     * Runs a program in one and waits for it.
     * @param {string} name
     * @param {readonly string[]} argv
     * @param {Parameters<typeof run>[1]} [options]
     */
    exec(name, argv, options) {
        return run(this.argv(name, argv), { ...options, started: (child) => this.#keep(child) });
    }

    /**
     * Starts a program in one; it is ended with the namespaces.
     * @param {string} name
     * @param {readonly string[]} argv
     * @param {import('node:child_process').SpawnOptionsWithoutStdio} [options]
     * @returns {import('node:child_process').ChildProcessWithoutNullStreams}
     */
    spawn(name, argv, options) {
        return this.spawnHere(this.argv(name, argv), options);
    }

    /** The same outside of them. @param {readonly string[]} argv @param {import('node:child_process').SpawnOptionsWithoutStdio} [options] */
    spawnHere(argv, options) {
        const [file = '', ...args] = argv;
        const child = spawn(file, args, { stdio: 'pipe', ...options, detached: true });
        this.#keep(child);
        return child;
    }

    /** What was started and has not ended. @returns {import('node:child_process').ChildProcess[]} */
    processes() {
        return [...this.#children];
    }

    /** @param {import('node:child_process').ChildProcess} child */
    #keep(child) {
        this.#children.add(child);
        child.on('close', () => this.#children.delete(child));
    }

    /** Ends what runs in them and takes them down; works twice. */
    close() {
        for (const child of this.#children) {
            endGroup(child);
        }
        for (const space of this.#full.values()) {
            remove(space);
        }
        this.#full.clear();
        open.delete(this);
    }
}
