// A real store of S3 for tests: the gateway of Ceph on one monitor and one OSD in memory, loopback only, in a folder of its own.
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eventually, freePort, temporary } from '../e2e/device.mjs';
import { presign } from '../engine/s3-presign.mjs';

export const keys = { accessKeyId: 'CAMKEY', secretAccessKey: 'CAM/SECRET+KEY' };

/** @param {string} folder @param {string} id @param {number[]} ports */
const configuration = (folder, id, [v2, v1, http, https]) => `[global]
fsid=${id}
mon_initial_members=a
mon_host=[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]
public_network=127.0.0.0/8
auth_cluster_required=none
auth_service_required=none
auth_client_required=none
ms_mon_client_mode=crc
osd_pool_default_size=1
osd_pool_default_min_size=1
mon_allow_pool_size_one=true
osd_pool_default_pg_num=1
osd_pool_default_pg_autoscale_mode=off
osd_crush_chooseleaf_type=0
osd_objectstore=memstore
memstore_device_bytes=2147483648
mon_data=${folder}/mon
osd_data=${folder}/osd
run_dir=${folder}/run
admin_socket=${folder}/run/$name.asok
log_file=${folder}/$name.log
keyring=${folder}/keyring
mon_data_avail_crit=1
mon_data_avail_warn=2
[client.rgw.a]
rgw_dns_name=s3.localhost
rgw_frontends=beast endpoint=127.0.0.1:${http} ssl_endpoint=127.0.0.1:${https} ssl_certificate=${folder}/cert.pem ssl_private_key=${folder}/key.pem
`;

/**
 * Starts one; it ends with the test.
 * @param {import('ava').ExecutionContext} t
 */
export async function startRadosgw(t) {
    const folder = temporary(t);
    const [id, osd] = [randomUUID(), randomUUID()];
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()];
    const [v2, v1, http, https] = ports;
    for (const name of ['mon', 'osd', 'run']) mkdirSync(path.join(folder, name));
    const file = path.join(folder, 'ceph.conf');
    writeFileSync(file, configuration(folder, id, ports));
    /** @param {string} program @param {string[]} args */
    const run = (program, ...args) => execFileSync(program, args, { cwd: folder, stdio: 'pipe', timeout: 60_000, encoding: 'utf8' });
    /** @type {import('node:child_process').ChildProcess[]} */
    const processes = [];
    /** @param {string} program @param {string[]} args */
    const start = (program, ...args) => processes.push(spawn(program, ['-c', file, ...args, '-f'], { cwd: folder, stdio: 'ignore' }));
    t.teardown(async () => {
        for (const one of processes.reverse()) {
            const ended = new Promise((resolve) => one.once('close', resolve));
            if (one.exitCode === null && one.kill('SIGKILL')) await ended;
        }
    });
    const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem'];
    run('openssl', 'req', '-x509', ...ec, '-out', 'cert.pem', '-days', '2', '-subj', '/CN=store', '-addext', 'subjectAltName=IP:127.0.0.1');
    run('ceph-authtool', '--create-keyring', 'keyring', '--gen-key', '-n', 'mon.', '--cap', 'mon', 'allow *');
    run('ceph-authtool', 'keyring', '--gen-key', '-n', 'client.admin', '--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *');
    run('monmaptool', '--create', '--addv', 'a', `[v2:127.0.0.1:${v2},v1:127.0.0.1:${v1}]`, '--fsid', id, 'monmap');
    run('ceph-mon', '-c', file, '--mkfs', '-i', 'a', '--monmap', 'monmap', '--keyring', 'keyring');
    start('ceph-mon', '-i', 'a');
    run('ceph', '-c', file, 'osd', 'new', osd);
    run('ceph-osd', '-c', file, '-i', '0', '--mkfs', '--osd-uuid', osd);
    start('ceph-osd', '-i', '0');
    start('radosgw', '-n', 'client.rgw.a');
    /** @param {string[]} args */
    const admin = (...args) => run('radosgw-admin', '-c', file, ...args);
    admin('user', 'create', '--uid=cam', '--display-name=cam', `--access-key=${keys.accessKeyId}`, `--secret-key=${keys.secretAccessKey}`);
    const host = `127.0.0.1:${http}`;
    await eventually(async () => ((await fetch(`http://${host}/`)).status > 0 ? true : undefined), 'the gateway answers', 60);
    /** The gateway answers nothing for a while, or goes on. @param {boolean} on */
    const stand = (on) => void processes.at(-1)?.kill(on ? 'SIGSTOP' : 'SIGCONT');
    return { stand, http: `http://${host}`, https: `https://127.0.0.1:${https}`, port: http, folder, admin, makeBucket: (/** @type {string} */ name) => makeBucket(host, name) };
}

/** @param {string} host @param {string} bucket */
async function makeBucket(host, bucket) {
    const reply = await fetch(presign('PUT', `http://${host}/${bucket}`, keys), { method: 'PUT' });
    if (!reply.ok) throw new Error(`the bucket is not made: ${reply.status} ${await reply.text()}`);
}
