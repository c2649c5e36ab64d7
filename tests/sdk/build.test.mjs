// With a Moddable SDK: the archive is one for every platform, and a second build makes nothing again.
import { createHash } from 'node:crypto';
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { root, run } from '../../scripts/lib.mjs';
import { buildArchive, buildLoader, environment, output as products } from '../../scripts/sdk-build.mjs';
import { findSdk } from '../../scripts/sdk-find.mjs';

const sdk = findSdk(['mcconfig', 'mcrun', 'xsc', 'xsl']);

/** @param {string} command @param {string[]} args */
const npm = (command, ...args) => run([process.execPath, path.join(root, 'scripts', 'run.mjs'), 'sdk', command, ...args], { timeout: 600 });

/** @param {Buffer} data of an archive @returns {string[]} paths of its modules */
function modulesOf(data) {
    const paths = [];
    for (let at = data.indexOf('MODS') + 4; at + 8 <= data.length && data.readUInt32BE(at) >= 8; at += data.readUInt32BE(at)) {
        const kind = data.toString('latin1', at + 4, at + 8);
        if (kind === 'PATH') {
            paths.push(data.toString('utf8', at + 8, data.indexOf(0, at + 8)));
        } else if (kind !== 'CODE') {
            break;
        }
    }
    return paths;
}

test.serial('the archive for an ESP32-S3 is the archive for lin, byte by byte', async (t) => {
    const [lin, board] = [readFileSync(await buildArchive(sdk, 'lin', false)), readFileSync(await buildArchive(sdk, 'esp32/xiao_esp32s3_sense', false))];
    t.is(createHash('sha256').update(board).digest('hex'), createHash('sha256').update(lin).digest('hex'));
    t.is(lin.toString('latin1', 4, 8), 'XS_A');
    t.false(lin.includes(root), 'no path of the machine that built it');
    const modules = modulesOf(lin);
    t.true(modules.includes('ocellus/app/main'), modules.join(' '));
    t.deepEqual(
        modules.filter((name) => !name.startsWith('ocellus/app/')),
        [],
        'nothing but the application',
    );
});

test.serial('modules of a board: the SDK finds and compiles each, and links them for ROM without a warning', async (t) => {
    const made = path.join(products, 'test-board');
    rmSync(made, { recursive: true, force: true });
    mkdirSync(made, { recursive: true });
    const board = path.join(root, 'hosts', 'esp32', 'boards', 'xiao_esp32s3_sense');
    const options = { env: environment(sdk), timeout: 300 };
    const configured = await run([path.join(sdk.bin, 'mcconfig'), '-p', `esp32:${board}`, '-o', made, path.join(root, 'manifest.json')], options);
    t.is(configured.code, 0, configured.output);
    const folder = path.join(made, 'tmp', 'esp32', 'xiao_esp32s3_sense', 'release', 'ocellus');
    // Without the rules for the firmware, which want ESP-IDF.
    const rules = readFileSync(path.join(folder, 'makefile'), 'utf8').replace(/^include \$\(MODDABLE\)\/tools\/mcconfig\/make\.esp32\.mk$/m, '');
    const link = 'xsl -b $(MODULES_DIR) -o $(TMP_DIR) $(PRELOADS) $(STRIPS) $(CREATION) $(MODULES)';
    writeFileSync(path.join(folder, 'modules.mk'), `${rules}\nlinked: $(MODULES)\n\t@${link}\n`);
    const names = ['~.embedded/io/socket/tcp', '~.embedded/network/http/client', '~.embedded/storage/files', '~.embedded/storage/key-value'];
    const inner = ['ocellus/sdk-nvs', 'ocellus/sdk-http-client', 'ocellus/sdk-dns', 'ocellus/sdk-udp', 'dns', 'dns/parser', 'dns/serializer'];
    const targets = [...names, ...inner].map((name) => path.join(folder, 'modules', `${name}.xsb`));
    const compiled = await run(['make', '-f', path.join(folder, 'modules.mk'), ...targets], options);
    t.is(compiled.code, 0, compiled.output);
    for (const target of targets) {
        t.true(existsSync(target), target);
    }
    const linked = await run(['make', '-f', path.join(folder, 'modules.mk'), 'linked'], options);
    t.is(linked.code, 0, linked.output);
    t.notRegex(linked.output, /^### (warning|error)/m);
    t.true(existsSync(path.join(folder, 'mc.xs.c')));
});

test.serial('sdk:lin builds, without a warning of the linker; sdk:mod gives the same archive', async (t) => {
    const lin = await npm('lin');
    t.is(lin.code, 0, lin.output);
    t.notRegex(lin.output, /warning/);
    const mod = await npm('mod');
    t.is(mod.code, 0, mod.output);
    const folder = path.join(root, 'build', 'sdk', 'bin', 'lin', 'mc', 'release', 'ocellus');
    const archive = path.join(root, 'build', 'sdk', 'app.xsa');
    t.true(readFileSync(path.join(folder, 'app.xsa')).equals(readFileSync(archive)));
    t.regex(mod.output, new RegExp(`ocellus: build/sdk/app\\.xsa, ${statSync(archive).size.toLocaleString('en')} bytes\n$`));
});

test.serial('a second sdk:lin compiles nothing and links nothing', async (t) => {
    const file = path.join(root, 'build', 'sdk', 'bin', 'lin', 'mc', 'release', 'ocellus', 'mc.so');
    const before = statSync(file).mtimeMs;
    const { code, output } = await npm('lin');
    t.is(code, 0, output);
    t.regex(output, /ocellus for lin .*nothing compiled/);
    t.regex((await npm('mod')).output, /app for lin .*nothing compiled/);
    t.is(statSync(file).mtimeMs, before);
});

test.serial('the loader is made again when a header of the SDK has changed, not otherwise', async (t) => {
    const folder = path.join(products, 'test-loader');
    const headers = path.join('build', 'simulators', 'modules');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(path.join(folder, headers), { recursive: true });
    copyFileSync(path.join(sdk.folder, headers, 'screen.h'), path.join(folder, headers, 'screen.h'));
    const made = async () => {
        await buildLoader({ ...sdk, folder }, folder);
        return statSync(path.join(folder, 'ocellus-lin')).mtimeMs;
    };
    const first = await made();
    t.is(await made(), first);
    appendFileSync(path.join(folder, headers, 'screen.h'), '\n');
    t.true((await made()) > first);
    rmSync(folder, { recursive: true });
});
