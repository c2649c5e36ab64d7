// Two `ocellus-peer`: the camera serves, the viewer offers and asks for bytes.
import { credentials } from './coturn.mjs';
import { built, says } from './run.mjs';
import { carry } from './signal.mjs';
import { makeTopology } from './topology.mjs';

/** What the viewer asks for. */
export const bytes = 300_000;

/**
 * The camera serves, the viewer offers and asks for `bytes` bytes.
 * @param {import('ava').ExecutionContext} t
 * @param {Parameters<typeof makeTopology>[0]} options
 * @param {{ args: (server: string) => readonly string[], trusts?: boolean, during?: (net: Awaited<ReturnType<typeof makeTopology>>, coturn: { down(): Promise<void>, up(): Promise<void> }) => Promise<void>, label?: string, timeout?: number }} how
 */
export async function connect(t, options, { args, trusts = true, during, label = `source?bytes=${bytes}&size=16000`, timeout = 40 }) {
    const net = await makeTopology(options);
    t.teardown(net.close);
    const coturn = await net.coturn(['verbose']);
    const [server = ''] = net.addresses.server;
    const env = { ...process.env, ...(trusts ? { SSL_CERT_FILE: coturn.certificate } : {}) };
    const camera = net.spawn('camera', [built('ocellus-peer'), '--http', '127.0.0.1:0', '--json', ...args(server)], { env });
    const [, url = ''] = await says(camera, /"url":"(http:[^"]+?)\/?"/);
    const local = await carry(net, 'viewer', 'camera', url);
    const before = (await net.stats()).a.seen;
    const running = net.exec('viewer', [built('ocellus-peer'), '--offer-to', `${local}/offer`, '--open', label, '--json', ...args(server)], { env, timeout });
    await during?.(net, coturn);
    const { code, stdout, stderr } = await running;
    const channel = stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line)).find((line) => line.event === 'channel');
    const relayed = /CHANNEL_BIND processed, success/.test(coturn.log());
    t.log(`${relayed ? 'relayed' : 'straight'}, ${channel?.bytes ?? 0} bytes in ${channel?.last_ms ?? '-'} ms, ${(await net.stats()).a.seen - before} packets towards the camera`);
    return { code, stdout, stderr, bytes: channel?.bytes ?? 0, relayed, log: coturn.log() };
}

/** @param {string} server */
export const stunAndTurn = (server) => ['--stun', `${server}:3478`, '--turn', `${server}:3478,${credentials.user},${credentials.password}`];
/** @param {string} server */
export const stunOnly = (server) => ['--stun', `${server}:3478`];
