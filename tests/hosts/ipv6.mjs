// Tests that need IPv6 on loopback: a skip with its reason where ::1 cannot be bound.
import { once } from 'node:events';
import net from 'node:net';
import test from 'ava';

const server = net.createServer().listen(0, '::1');
const has = await once(server, 'listening').then(() => true, () => false);
server.close();

/** @param {string} title @param {(t: import('ava').ExecutionContext) => Promise<void>} run */
export const ipv6Test = (title, run) => (has ? test(title, run) : test.skip(`${title} (no IPv6 on loopback)`, run));
