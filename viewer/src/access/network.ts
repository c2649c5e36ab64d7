/** How other machines of the network reach this one: what the settings say, and what the host knows. */
import { type Answer, get } from '../api.js';
import { list, number, record, text } from '../json.js';

/** The state of `listen`. */
export interface Network {
    /** Others may reach it, as the settings want it. */
    readonly open: boolean;
    /** The settings are in force only after a restart. */
    readonly waits: boolean;
    /** `listen` is given on the command line. */
    readonly fixed: boolean;
    /** Addresses to type, best first; none: no network, or the port is not known yet. */
    readonly addresses: readonly string[];
    /** SHA-256 of the certificate; empty: there is none. */
    readonly fingerprint: string;
}

/** Whether an address is one that only this machine reaches. */
function isLoopback(address: string): boolean {
    return address === 'localhost' || address === '::1' || address.startsWith('127.');
}

/** IPv4 addresses of house networks come first, then others, names of mDNS, and what bridges of containers use (172.16/12). */
function rank(host: string): number {
    const order = ['192.168.', '10.'].findIndex((start) => host.startsWith(start));
    return order >= 0 ? order : host.endsWith('.local') ? 3 : host.startsWith('172.') ? 4 : 2;
}

/** What a person can type: IPv4 addresses and names of mDNS. */
export function typable(hosts: readonly string[], port: number): string[] {
    const good = hosts.filter((host) => /^\d+\.\d+\.\d+\.\d+$/.test(host) || host.endsWith('.local'));
    return good.sort((a, b) => rank(a) - rank(b)).map((host) => `https://${host}${port === 443 ? '' : `:${port}`}/`);
}

/** Of `/api/settings` and `/api/network`. */
export function parseNetwork(settings: unknown, host: unknown): Network {
    const tree = record(settings);
    const wanted = typeof tree['listen'] === 'string' ? [tree['listen']] : list(tree['listen']).map((entry) => text(entry) ?? '');
    const waits = list(tree['restart']);
    const port = waits.includes('port') ? (number(tree['port']) ?? 0) : (number(record(host)['port']) ?? 0);
    return {
        open: wanted.some((address) => !isLoopback(address)),
        waits: waits.includes('listen'),
        fixed: list(tree['fixed']).includes('listen'),
        addresses: port === 0 ? [] : typable(list(record(host)['addresses']).filter((entry) => typeof entry === 'string'), port),
        fingerprint: text(record(host)['fingerprint']) ?? '',
    };
}

/** Asks both. */
export async function readNetwork(): Promise<Answer<Network>> {
    const [settings, host] = await Promise.all([get('/api/settings', record), get('/api/network', record)]);
    if (settings.kind !== 'ok') {
        return settings;
    }
    return host.kind === 'ok' ? { kind: 'ok', value: parseNetwork(settings.value, host.value) } : host;
}
