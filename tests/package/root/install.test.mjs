// The packages in a fresh Debian: installed, started by systemd with its own unit, removed, purged.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, sleep } from '../../e2e/device.mjs';
import { deb, field, nextDeb } from '../packages.mjs';
import { Debian } from './debian.mjs';

/** @type {Debian} */
let debian;
/** @param {string} name */
const at = (name) => path.join(debian.folder, name);
/** @param {object} settings */
const configure = (settings) => writeFileSync(at('etc/ocellus/settings.json'), JSON.stringify(settings)); // keeps owner and mode

/** Recordings of the channel, oldest first. */
const recordings = () => readdirSync(at('var/lib/ocellus/recordings/door')).sort();

/** Says what it was asked for, and has nothing. */
const server404 = `require('node:http').createServer((request, response) => {
    console.log(request.url);
    response.writeHead(503).end();
}).listen(9000, '127.0.0.1')`;

test.before('a fresh Debian', (t) => {
    t.timeout(600_000);
    debian = Debian.make([deb('ocellus', 'amd64'), deb('ocellus-ffmpeg', 'amd64')]);
    for (const name of ['ocellus', 'ocellus-ffmpeg']) nextDeb(name, at('packages'));
});
test.after.always('is deleted', () => debian?.remove());

test.serial('the core installs small, with user, folders and modes', (t) => {
    t.timeout(300_000);
    debian.do('apt-get update -q');
    const plan = debian.do('apt-get install -s --no-install-recommends /packages/ocellus_*.deb | grep ^Inst');
    t.true(plan.split('\n').length <= 8, plan); // libsqlite3-0 is one of them
    debian.do('apt-get install -q -y --no-install-recommends /packages/ocellus_*.deb');
    t.regex(debian.do('getent passwd ocellus'), /^ocellus:x:\d+:\d+:[^:]*:\/var\/lib\/ocellus:\/usr\/sbin\/nologin$/);
    t.is(debian.do('stat -c "%U:%G %a" /var/lib/ocellus /etc/ocellus/settings.json /etc/ocellus/environment'), 'ocellus:ocellus 700\nroot:ocellus 640\nroot:root 600');
    t.is(debian.do('systemctl is-enabled ocellus'), 'enabled');
    t.is(debian.do('ocellus --version'), `ocellus ${JSON.parse(readFileSync('package.json', 'utf8')).version}`);
    t.is(debian.run('setpriv --reuid=nobody --clear-groups cat /etc/ocellus/settings.json').code, 1);
});

test.serial('what root sets, the service can read', (t) => {
    debian.do('echo long-enough-for-it | ocellus password --data /var/lib/ocellus');
    debian.do('ocellus privacy off --data /var/lib/ocellus');
    debian.do(`echo '{"log":"info"}' | ocellus settings import --data /var/lib/ocellus`);
    t.is(debian.do('find /var/lib/ocellus ! -user ocellus -o ! -group ocellus'), '');
    t.regex(debian.do('find /var/lib/ocellus -type f'), /access\/users[\s\S]*settings\.json|settings\.json[\s\S]*access\/users/);
    debian.do('ocellus reset --settings --keys --yes --data /var/lib/ocellus');
});

test.serial('without the plug-in its inputs are refused, and the line names the package', (t) => {
    const { code, output } = debian.run('setpriv --reuid=ocellus --regid=ocellus --clear-groups ocellus run --data /var/lib/ocellus --input test --duration 2');
    t.is(code, 1, output);
    t.regex(output, /apt install ocellus-ffmpeg/);
    t.notRegex(output, /npm/);
});

test.serial('systemd runs it under the restrictions of its unit, with the plug-in', async (t) => {
    t.timeout(600_000);
    debian.do('apt-get install -q -y --no-install-recommends /packages/ocellus-ffmpeg_*.deb');
    // encoding, turning and text: whatever FFmpeg maps, it must not need memory both written and executed
    const channels = [
        { name: 'door', input: 'test:?size=320x240&name=DOOR&clock=1' },
        { name: 'yard', input: `http://127.0.0.1:9000/yard.mp4?token=${'$'}{OCELLUS_YARD}` },
    ];
    configure({ channels, record: { enabled: true } });
    writeFileSync(at('etc/ocellus/environment'), 'OCELLUS_YARD=OPEN-SESAME\n');
    writeFileSync(at('root/secret'), 'x');
    mkdirSync(at('home/someone'), { recursive: true });
    const booted = await debian.boot();
    const server = booted.startHere([process.execPath, '-e', server404]);
    let requested = '';
    server.stdout.setEncoding('utf8').on('data', (text) => (requested += text));
    try {
        const status = await eventually(async () => {
            const answer = booted.json('/api/status');
            return answer?.channels?.[0]?.packets > 60 ? answer : undefined;
        }, 'pictures', 60).catch((error) => t.fail(`${error}\n${booted.run('journalctl -u ocellus --no-pager -n 30').output}`));
        t.deepEqual([status.channels[0].name, status.channels[0].recording.active], ['door', true]);
        t.regex(await eventually(async () => requested || undefined, 'an input by HTTP', 30), /^\/yard\.mp4\?token=OPEN-SESAME\n/, 'the secret of the environment');

        const pid = booted.run('systemctl show -P MainPID ocellus').output;
        const seen = booted.run(`cat /proc/${pid}/status`).output;
        t.regex(seen, /^CapBnd:\t0+$/m);
        t.regex(seen, /^CapEff:\t0+$/m);
        t.regex(seen, /^NoNewPrivs:\t1$/m);
        t.regex(seen, /^Seccomp:\t2$/m);
        t.notRegex(seen, /^Uid:\t0/m);
        t.regex(booted.run(`cat /proc/${pid}/limits`).output, /^Max core file size +0 +0 /m);
        t.notRegex(booted.run(`cat /proc/${pid}/cmdline`).output, /SESAME/);
        // what the file system looks like from inside: read-only but for its own folder, homes out of sight
        const inside = `nsenter -t ${pid} -m setpriv --reuid=ocellus --regid=ocellus --clear-groups sh -c`;
        t.is(booted.run(`${inside} 'touch /var/lib/ocellus/.probe && rm /var/lib/ocellus/.probe'`).code, 0);
        for (const line of ['ls /root/secret', 'ls /home/someone', 'cat /etc/ocellus/environment', 'cat /proc/1/cmdline']) {
            t.not(booted.run(`${inside} '${line}'`).code, 0, line);
        }
        t.regex(booted.run(`nsenter -t ${pid} -m sh -c 'touch /usr/x'`).output, /Read-only file system/);
        t.regex(booted.run(`nsenter -t ${pid} -m sh -c 'touch /var/lib/x'`).output, /Read-only file system/);
        const log = booted.run('journalctl -u ocellus --no-pager').output;
        t.regex(log, /door/);
        t.notRegex(log, /SESAME|not permitted|denied/i);

        // a crash: systemd starts it again, and the recording of before is repaired
        booted.run(`kill -SEGV ${pid}`);
        await eventually(async () => {
            const now = booted.run('systemctl show -P MainPID ocellus').output;
            return now !== pid && now !== '0' && booted.json('/api/status')?.channels?.[0]?.packets > 10 ? true : undefined;
        }, 'a restart', 60);
        t.false(existsSync(at(`var/lib/ocellus/core`)));

        // settings that are refused: exit 2, one line, no loop of restarts
        configure({ port: 'x' });
        booted.run('systemctl restart ocellus');
        await eventually(async () => (booted.run('systemctl is-failed ocellus').output === 'failed' ? true : undefined), 'refusal', 20);
        await sleep(3000);
        t.is(booted.run('systemctl show -P ExecMainStatus ocellus').output, '2');
        t.is(booted.run('systemctl show -P NRestarts ocellus').output, '0');
        t.regex(booted.run('journalctl -u ocellus --no-pager -p err -n 5').output, /settings\.json: port: "x" is not allowed/);
        configure({ channels: [{ name: 'door', input: 'test:?size=320x240' }], record: { enabled: true } });
        booted.run('systemctl reset-failed ocellus; systemctl restart ocellus');
        await eventually(async () => (booted.json('/api/status')?.channels?.[0]?.recording?.files > 0 ? true : undefined), 'recordings', 60);

        // an update of the package, and the way back: blind for 2 s at most, and it says for how long and from what
        const [older, newer] = [booted.run('ocellus --version').output.slice(8), field(at('packages/ocellus-next.deb'), 'Version')];
        for (const [packages, version, former] of [['ocellus-next.deb ocellus-ffmpeg-next.deb', newer, older], ['ocellus_*.deb ocellus-ffmpeg_*.deb', older, newer]]) {
            await eventually(async () => (booted.json('/api/status')?.channels?.[0]?.recording?.active ? true : undefined), 'a recording under way', 60);
            const process = booted.run('systemctl show -P MainPID ocellus').output;
            const names = recordings();
            const done = booted.run(`cd /packages && DEBIAN_FRONTEND=noninteractive dpkg -i ${packages}`);
            t.is(done.code, 0, done.output);
            const event = await eventually(async () => booted.json('/api/events')?.events.find((/** @type {{ kind: string }} */ { kind }) => kind === 'host-updated'), 'the length of the gap', 60);
            const text = `${version} after ${former}: without pictures for `;
            t.true(event.text.startsWith(text), event.text);
            t.true(Number.parseFloat(event.text.slice(text.length)) <= 2, event.text);
            t.log(`door: ${event.text}`);
            t.is(event.channel, 'door');
            t.not(booted.run('systemctl show -P MainPID ocellus').output, process);
            t.is(booted.run('ocellus --version').output, `ocellus ${version}`);
            // the names go on: what was written is whole, and the next one follows it
            const now = await eventually(async () => (recordings().length > names.length ? recordings() : undefined), 'the next recording', 60);
            t.deepEqual(now.slice(0, -1).map((name) => name.slice(0, 24)), names.map((name) => name.slice(0, 24)));
            t.true(now.every((name, index) => name.startsWith('ocellus_') && name.includes('_open') === (index === now.length - 1)), now.join(' '));
        }

        // the bundle: from root, with the journal, and without the secret
        booted.run('cd /root && ocellus support-bundle b.tar.gz --data /var/lib/ocellus --settings /etc/ocellus/settings.json && mkdir b && tar -C b -xzf b.tar.gz');
        t.is(booted.run('stat -c "%U %a" /root/b.tar.gz').output, 'root 600');
        t.regex(booted.run('cat /root/b/journal').output, /record-opened/);
        t.regex(booted.run('cat /root/b/crash-ends').output, /crashed: SIGSEGV/);
        t.not(booted.run('grep -r SESAME /root/b').code, 0);
    } finally {
        server.kill();
        await booted.off();
    }
    const files = readdirSync(at('var/lib/ocellus/recordings/door'));
    t.true(files.length >= 2, files.join(' '));
    t.false(files.some((f) => f.includes('_open')), `the end finished its recording: ${files.join(' ')}`);
});

test.serial('a package over itself keeps settings, user and recordings', (t) => {
    debian.noServices(true);
    const before = [debian.do('id ocellus'), debian.do('cd /var/lib/ocellus && find . -type f | sort')];
    debian.do('apt-get install -q -y --reinstall --no-install-recommends /packages/ocellus_*.deb');
    t.deepEqual([debian.do('id ocellus'), debian.do('cd /var/lib/ocellus && find . -type f | sort')], before);
    t.regex(readFileSync(at('etc/ocellus/settings.json'), 'utf8'), /door/);
    t.is(debian.do('stat -c "%U:%G %a" /etc/ocellus/settings.json'), 'root:ocellus 640');
});

test.serial('remove keeps data, settings and user, and nothing else', (t) => {
    debian.do('apt-get remove -q -y ocellus ocellus-ffmpeg');
    t.true(readdirSync(at('var/lib/ocellus/recordings/door')).length > 0);
    t.regex(readFileSync(at('etc/ocellus/settings.json'), 'utf8'), /door/);
    t.is(debian.run('getent passwd ocellus').code, 0);
    for (const gone of ['usr/bin/ocellus', 'usr/lib/ocellus', 'lib/systemd/system/ocellus.service', 'usr/lib/systemd/system/ocellus.service', 'usr/share/doc/ocellus-ffmpeg']) {
        t.false(existsSync(at(gone)), gone);
    }
});

test.serial('purge deletes settings and keys, and keeps recordings with their owner', (t) => {
    debian.do('install -d -o ocellus -g ocellus -m 0700 /var/lib/ocellus/access && echo key > /var/lib/ocellus/access/key.pem && echo {} > /var/lib/ocellus/settings.json');
    debian.do('apt-get purge -q -y ocellus ocellus-ffmpeg');
    t.deepEqual(readdirSync(at('var/lib/ocellus')), ['recordings']);
    t.true(readdirSync(at('var/lib/ocellus/recordings/door')).length > 0);
    t.false(existsSync(at('etc/ocellus')));
    t.is(debian.run('getent passwd ocellus').code, 0);
    t.is(debian.run('dpkg -s ocellus').code, 1);
});

test.serial('installed again and purged with the answer "recordings too", nothing is left', (t) => {
    t.timeout(120_000);
    debian.do('apt-get install -q -y --no-install-recommends /packages/ocellus_*.deb');
    t.true(readdirSync(at('var/lib/ocellus/recordings/door')).length > 0, 'they were kept');
    debian.do('echo "ocellus ocellus/purge-footage boolean true" | debconf-set-selections');
    debian.do('apt-get purge -q -y ocellus');
    t.not(debian.run('getent passwd ocellus').code, 0);
    t.not(debian.run('getent group ocellus').code, 0);
    rmSync(at('packages'), { recursive: true });
    // what is left has our name in caches and logs of apt and dpkg only
    t.is(debian.do("find / -xdev -iname '*ocellus*' -not -path '/proc/*' -not -path '/var/cache/*' -not -path '/var/log/*' -not -path '/packages*'"), '');
});
