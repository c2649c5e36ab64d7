// Archives of the SDK's linker from which every trace of the machine that built is taken.
import { createHash } from 'node:crypto';
import test from 'ava';
import { renameFiles } from '../../tools/app/sdk-archive.mjs';

/** @param {string} type @param {Buffer} payload */
function atom(type, payload) {
    const header = Buffer.alloc(8);
    header.writeUInt32BE(payload.length + 8);
    header.write(type, 4, 'latin1');
    return Buffer.concat([header, payload]);
}

/** @param {readonly number[]} numbers */
const words = (numbers) => Buffer.from(Uint16Array.from(numbers).buffer);

/**
 * As the linker writes one.
 * @param {readonly string[]} symbols the first is the placeholder
 * @param {readonly string[]} used by the code, in its order
 * @param {Readonly<Record<string, string>>} resources
 */
function archive(symbols, used, resources) {
    const name = Buffer.from('tech.moddable.door\0');
    const symb = Buffer.concat([words([symbols.length]), Buffer.from(symbols.map((one) => `${one}\0`).join(''))]);
    const maps = words(used.map((one) => symbols.indexOf(one)));
    const [path, code] = [Buffer.from('ocellus/app/main\0'), Buffer.from([1, 2, 3, 4, 5])];
    const data = Object.entries(resources).map(([file, text]) => [Buffer.from(`${file}\0`), Buffer.from(text)]);
    const signature = createHash('md5');
    for (const part of [name, symb, maps, path, code, ...data.flat()]) signature.update(part);
    const sign = signature.digest();
    const mods = Buffer.concat([atom('PATH', path), atom('CODE', code)]);
    const parts = [atom('VERS', Buffer.from([17, 7, 0, 0])), atom('SIGN', sign), atom('NAME', name), atom('SYMB', symb)];
    parts.push(atom('IDEN', Buffer.alloc(symbols.length * 2)), atom('MAPS', maps), atom('MODS', mods));
    let at = parts.reduce((sum, part) => sum + part.length, 16);
    const boxes = [];
    for (const [file = sign, text = sign] of data) {
        const box = atom('PATH', Buffer.concat([file, sign.subarray(0, (4 - ((at + 8 + file.length) % 4)) % 4)]));
        boxes.push(box, atom('DATA', text));
        at += box.length + 8 + text.length;
    }
    return atom('XS_A', Buffer.concat([...parts, atom('RSRC', Buffer.concat(boxes))]));
}

const resources = { 'ocellus.json': '{"name":"door"}', 'panel/a.js': 'abcde', 'panel/index.html': 'x' };
const work = '/tmp/ocellus-sdk-Xy12';
const names = new Map([
    [`${work}/ts/src/main.ts`, 'src/main.ts'],
    [`${work}/ts/src/tür.ts`, 'src/tür.ts'],
]);
const files = [...names.keys()];

test('files have their other names; order, signature and places of data are those that the linker would give', (t) => {
    const made = archive(['', 'unused', 'start', ...files, 'also'], [...files, 'start', ...files], resources);
    const right = archive(['', 'src/main.ts', 'src/tür.ts', 'start', 'also', 'unused'], ['src/main.ts', 'src/tür.ts', 'start', 'src/main.ts', 'src/tür.ts'], resources);
    t.deepEqual(renameFiles(made, names), right);
    t.deepEqual(renameFiles(right, new Map()), right, 'nothing to do');
});

test('the same application from another folder, whose names the compiler puts in another order, is the same bytes', (t) => {
    const other = new Map([...names].map(([file, shown]) => [file.replace(work, '/home/somebody/with a longer name/x'), shown]));
    const [main = '', door = ''] = other.keys();
    for (const count of [0, 1, 2, 3, 4]) {
        const some = Object.fromEntries(Object.entries({ ...resources, 'panel/z': '12' }).slice(0, count));
        const here = archive(['', 'a', 'b', ...files], ['b', ...files, 'a'], some);
        const there = archive(['', door, 'b', main, 'a'], ['b', main, door, 'a'], some);
        t.deepEqual(renameFiles(there, other), renameFiles(here, names));
    }
});

test('what is no archive of the linker is refused', (t) => {
    const made = archive(['', ...files], files, resources);
    for (const wrong of [Buffer.alloc(0), made.subarray(0, -1), Buffer.concat([made, made]), atom('XS_B', made.subarray(8)), Buffer.from('no archive at all')]) {
        t.throws(() => renameFiles(wrong, names), { message: 'not an archive of the SDK' });
    }
});
