// The log file, what is noted of ends, and `ocellus support-bundle`: what helps, and no secret.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { eventually, program, start, temporary, testApp } from '../e2e/device.mjs';

/** @param {readonly string[]} args @param {NodeJS.ProcessEnv} [env] */
const ocellus = (args, env = {}) => spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env } });
/** @param {string} file */
const mode = (file) => statSync(file).mode & 0o777;
/** @param {string} data @returns {string[]} the notes without their times */
const ends = (data) => readFileSync(path.join(data, 'crash/ends'), 'utf8').trimEnd().split('\n').map((line) => line.replace(/^\S+Z /, ''));

test('start, end, crash and ends of scripts are noted; the log is in a file; both are private', async (t) => {
    const first = start(t, ['--app', testApp('throws-later'), '--input', 'fake:?seed=1']);
    const { data } = first;
    await eventually(async () => (ends(data).some((line) => line.startsWith('script ended: ')) ? true : undefined), 'the end of a script');
    t.regex(ends(data).find((line) => line.startsWith('script ended: ')) ?? '', /^script ended: threw in a callback: Error: from a timer$/);
    await first.device.stop();

    const second = start(t, ['--input', 'fake:?seed=1'], { data });
    await second.device.event('recording');
    // SIGSEGV, SIGFPE, SIGBUS, SIGILL in a thread must not be blocked there: it would kill without a word
    const tasks = `/proc/${second.device.process.pid}/task`;
    for (const id of readdirSync(tasks)) {
        const blocked = BigInt(`0x${/^SigBlk:\t(\w+)$/m.exec(readFileSync(`${tasks}/${id}/status`, 'utf8'))?.[1]}`);
        t.is(blocked & 0x4c8n, 0n, readFileSync(`${tasks}/${id}/comm`, 'utf8'));
    }
    t.regex(readFileSync(`/proc/${second.device.process.pid}/limits`, 'utf8'), /^Max core file size +0 +0 /m, 'no core file');
    const { signal } = await second.device.stop('SIGSEGV');
    t.is(signal, 'SIGSEGV', 'it still dies of it');
    t.regex(second.device.stderr, /crashed: SIGSEGV sent by process \d+ at .*, thread ocellus\n$/);

    const third = start(t, ['--input', 'fake:?seed=1'], { data });
    await third.device.event('recording');
    await third.device.stop();
    const noted = ends(data).filter((line) => !line.startsWith('script'));
    t.regex(noted.join('\n'), /^started, version \S+, process \d+\nended, code 0\nstarted.*\ncrashed: SIGSEGV .*\nstarted.*\nended, code 0$/);
    const log = readFileSync(path.join(data, 'log/log'), 'utf8');
    t.regex(log, /^20\d\d-\d\d-\d\dT\S+Z info {2}plane {5}fake|cam1: /m);
    t.true(log.split('record-opened').length > 2, 'of several runs');
    for (const name of ['log', 'crash']) {
        t.is(mode(path.join(data, name)), 0o700, name);
    }
    for (const name of ['log/log', 'crash/ends']) {
        t.is(mode(path.join(data, name)), 0o600, name);
    }
});

test('a log that cannot be written is said once, and nothing else changes', async (t) => {
    const data = temporary(t);
    writeFileSync(path.join(data, 'log'), '');
    symlinkSync('/tmp', path.join(data, 'crash'));
    const { device } = start(t, ['--input', 'fake:?seed=1'], { data });
    await device.event('recording');
    t.is((await device.stop()).code, 0);
    t.is(device.stderr.split('no log file: ').length, 2, device.stderr);
    t.is(device.stderr.split('crashes are not recorded: ').length, 2, device.stderr);
    t.is(device.stderr.match(/\/(?:log|crash): it or its file is a link, or of another kind; no link is followed$/gm)?.length, 2, device.stderr);
    t.false(existsSync('/tmp/ends'));
});

test('the bundle has versions, logs, ends and settings; no secret, no key, no recording', async (t) => {
    const secrets = ['PLANTEDuser', 'PLANTEDpw', 'PLANTEDtoken', 'PLANTEDline', 'PLANTEDfile', 'PLANTEDpass99', 'PLANTEDlink', 'PLANTEDenv', 'PLANTEDhook'];
    const data = temporary(t);
    const password = spawnSync(program, ['password', '--data', data], { input: 'PLANTEDpass99\n', encoding: 'utf8' });
    t.is(password.status, 0, password.stderr);
    const settings = path.join(data, 'file.json');
    writeFileSync(settings, JSON.stringify({ channels: [{ name: 'door', input: 'http://PLANTEDuser:PLANTEDfile@127.0.0.1:1/x?token=PLANTEDtoken' }], record: { enabled: false }, events: { webhook: { url: 'https://127.0.0.1:1/hooks/PLANTEDhook' } }, snapshots: { target: 'https://127.0.0.1:1/?t=PLANTEDhook' } }));
    const { device } = start(t, ['--settings', settings, '--input', 'fake:?seed=1', '--input', `yard=http://PLANTEDuser:PLANTEDpw@127.0.0.1:1/x?token=PLANTEDtoken&k=$${'{OCELLUS_X}'}`, '--record', 'on'], { data, env: { OCELLUS_X: 'PLANTEDenv' } });
    await device.event('recording');
    await device.stop();
    writeFileSync(path.join(data, 'settings.json'), JSON.stringify({ channels: [{ name: 'gate', input: 'rtsp://PLANTEDuser:PLANTEDpw@10.0.0.7/live' }], update: { url: 'https://127.0.0.1:1/PLANTEDhook/index.json' } }), { mode: 0o600 });
    // what another program, or a version of before, may have left there
    writeFileSync(path.join(data, 'log/log.1'), 'old rtsp://PLANTEDuser:PLANTEDline@h/x?sig=PLANTEDtoken end\nGET /w/1.PLANTEDlink/live/cam1\n');
    const file = path.join(temporary(t), 'b.tar.gz');
    const made = ocellus(['support-bundle', file, '--data', data, '--settings', settings]);
    t.deepEqual([made.status, made.stdout, made.stderr], [0, `${file}\n`, '']);
    t.is(mode(file), 0o600);

    const folder = temporary(t);
    execFileSync('tar', ['-xzf', file, '-C', folder]);
    t.deepEqual(readdirSync(folder).sort(), ['crash-ends', 'crash-last-run', 'facts', 'journal', 'log-log', 'log-log.1', 'settings-in-force.json', 'settings-stored.json']);
    for (const name of readdirSync(folder)) {
        const text = readFileSync(path.join(folder, name), 'utf8');
        for (const secret of secrets) {
            t.false(text.includes(secret), `${name}: ${secret}`);
        }
        t.false(/scrypt|PRIVATE KEY|ftyp/.test(text), name);
    }
    /** @param {string} name */
    const read = (name) => readFileSync(path.join(folder, name), 'utf8');
    t.regex(read('facts'), /^ocellus \d+\.\d+\.\d+\n/);
    t.regex(read('facts'), /libwebsockets\.so/);
    t.regex(read('crash-ends'), /started, version/);
    t.regex(read('log-log'), /record-opened/);
    t.regex(read('log-log.1'), /^old rtsp:\/\/\*+@h\/x\?sig=\*+ end\nGET \/w\/\*+\/live\/cam1\n$/);
    t.is(JSON.parse(read('settings-stored.json')).channels[0].name, 'gate');
    t.regex(read('settings-stored.json'), /10\.0\.0\.7/);
    t.truthy(JSON.parse(read('settings-in-force.json')).channels);
    t.true(JSON.parse(read('settings-in-force.json')).channels.length > 0);
});

test('the bundle follows no link, takes regular files of a bounded size, and reads with the rights of the owner', async (t) => {
    const data = temporary(t);
    const elsewhere = temporary(t);
    writeFileSync(path.join(elsewhere, 'ends'), 'PLANTEDelsewhere\n');
    mkdirSync(path.join(data, 'access'), { mode: 0o700 });
    writeFileSync(path.join(data, 'access/users'), 'PLANTEDhash\n');
    symlinkSync('access', path.join(data, 'log'));
    symlinkSync(elsewhere, path.join(data, 'crash'));
    /** @param {string} name @param {object} [options] */
    const made = (name, options = {}) => {
        const file = path.join(temporary(t), name);
        const ended = spawnSync(program, ['support-bundle', file, '--data', data], { encoding: 'utf8', ...options });
        t.deepEqual([ended.status, ended.stderr], [0, '']);
        const folder = temporary(t);
        execFileSync('tar', ['-xzf', file, '-C', folder]);
        const all = readdirSync(folder).map((one) => readFileSync(path.join(folder, one), 'utf8')).join('\n');
        t.notRegex(all, /PLANTED/);
        return { names: readdirSync(folder).sort(), all };
    };
    const linked = made('links.tar.gz');
    t.deepEqual(linked.names, ['facts', 'journal', 'settings-stored.json']);
    t.regex(linked.all, /^log: no such folder, or a link$/m);
    t.regex(linked.all, /^crash: no such folder, or a link$/m);

    for (const name of ['log', 'crash']) {
        rmSync(path.join(data, name));
        mkdirSync(path.join(data, name), { mode: 0o700 });
    }
    symlinkSync(path.join(data, 'access/users'), path.join(data, 'log/log'));
    execFileSync('mkfifo', [path.join(data, 'log/fifo')]);
    writeFileSync(path.join(data, 'log/large'), 'PLANTED'.repeat(200_000));
    for (let n = 0; n < 100; n++) {
        writeFileSync(path.join(data, `crash/${n}`), 'small\n');
    }
    writeFileSync(path.join(data, 'log/log.1'), 'cannot open rtsp://h/user=a_password=PLANTEDpath, rtsp://h/live#password=PLANTEDfragment: refused\nhttp://h/live?loginpas=PLANTED&p=PLANTED&pswd=PLANTED\n');
    const bounded = made('bounded.tar.gz');
    t.regex(bounded.all, /^log\/large: more than \d+ bytes$/m);
    t.true(bounded.names.filter((name) => name.startsWith('crash-')).length <= 16);
    t.regex(bounded.all, /^cannot open rtsp:\/\/h\/\*+, rtsp:\/\/h\/live#password=\*+: refused$/m);

    if (process.getuid?.() === 0) {
        execFileSync('chown', ['-R', '12345:12345', data]);
        // what its owner may not read, root does not read for him
        execFileSync('chown', ['0:0', path.join(data, 'log/log.1')]);
        chmodSync(path.join(data, 'log/log.1'), 0o600);
        writeFileSync(path.join(data, 'log/log.1'), 'PLANTEDroot\n');
        linkSync(path.join(data, 'log/log.1'), path.join(data, 'crash/ends'));
        const dropped = made('owner.tar.gz');
        t.regex(dropped.all, /collected by user 12345$/m);
        t.false(dropped.names.includes('log-log.1'));
    }
});

test('wrong use and what is missing get one clear line, and leave nothing behind', (t) => {
    const [data, folder] = [temporary(t), temporary(t)];
    const file = path.join(folder, 'b.tar.gz');
    /** @param {readonly string[]} args @param {RegExp} line @param {number} [code] @param {NodeJS.ProcessEnv} [env] */
    const refused = (args, line, code = 1, env = {}) => {
        const ended = ocellus(['support-bundle', ...args], env);
        t.is(ended.status, code, ended.stderr);
        t.regex(ended.stderr, line);
        t.is(ended.stderr.split('\n').length, 2, ended.stderr);
    };
    refused([file, '--data', path.join(folder, 'none')], /^ocellus: support-bundle: data directory .*none: No such file/);
    refused([file, 'more', '--data', data], /unexpected word "more"/, 2);
    refused([file, '--port', '80', '--data', data], /ocellus support-bundle has no option --port/, 2);
    refused([path.join(folder, 'no', 'b.tar.gz'), '--data', data], /no\/b\.tar\.gz: No such file/);
    refused([file, '--data', data], /b\.tar\.gz: tar is not installed/, 1, { PATH: folder, TMPDIR: folder });
    refused([file, '--data', data], /folder \/none\/.*: No such file/, 1, { TMPDIR: '/none' });
    writeFileSync(file, 'mine');
    refused([file, '--data', data], /b\.tar\.gz: exists already/);
    t.is(readFileSync(file, 'utf8'), 'mine');
    t.deepEqual(readdirSync(folder), ['b.tar.gz']);
    // without a name it is put here, with one that tells when
    mkdirSync(path.join(folder, 'here'));
    const made = spawnSync(program, ['support-bundle', '--data', data], { cwd: path.join(folder, 'here'), encoding: 'utf8' });
    t.regex(made.stdout, /^ocellus-support-\d{8}T\d{6}Z\.tar\.gz\n$/, made.stderr);
    t.deepEqual(readdirSync(data), [], 'nothing is made in the data directory');
    chmodSync(folder, 0o700);
});
