// Pictures of events out of a store, decrypted when they are encrypted (docs/formats-cloud.md).
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { createFile } from '../update/files.mjs';
import { Unable } from '../update/words.mjs';
import { unseal } from './content-key.mjs';
import { digestOf, isMac } from './evidence.mjs';
import { each, sound } from './footage.mjs';
import { Damaged, pictureName } from './index-file.mjs';

/** @typedef {import('./content-key.mjs').ContentKeys} ContentKeys */
/** A picture in the folder of its day. @typedef {import('./index-file.mjs').Picture & { folder: string }} Shot */

const pictureMax = 16 << 20; // bytes, held in memory as a whole
const atOnce = 4;

/** What a picture is called outside of the store: its day and event. @param {Shot} shot */
export const fileName = ({ id, startMs }) => `${new Date(startMs).toISOString().slice(0, 10)}_event-${id}.jpg`;

/** @param {ContentKeys} keys @param {Shot} shot */
async function read(keys, shot) {
    const { folder, keyId, mac } = shot;
    const name = pictureName(shot);
    const found = await keys.footage.s3.load(folder + name, pictureMax);
    if (found === undefined) throw new Unable(`${folder}${name}: the index names it, and it is not there`);
    return sound(
        folder + name,
        (async () => {
            if (keyId === '') return found.bytes;
            const key = await keys.get(folder, keyId);
            if (mac !== '' && !isMac(key, folder.slice(keys.footage.prefix.length) + name, digestOf(found.bytes), mac)) throw new Damaged('changed: it has other bytes than the camera wrote');
            return unseal(found.bytes, key, name);
        })(),
    );
}

/** Writes them into a folder, mode 0600; one that is there already stays, so that a command that was cut off goes on. @param {ContentKeys} keys @param {Iterable<Shot>} shots @param {string} into */
export async function writePictures(keys, shots, into) {
    try {
        mkdirSync(into, { recursive: true, mode: 0o700 });
    } catch (error) {
        throw new Unable(`${into}: ${/** @type {NodeJS.ErrnoException} */ (error).code}`);
    }
    await each(shots, atOnce, async (shot) => {
        const file = path.join(into, fileName(shot));
        if (!existsSync(file)) createFile(file, await read(keys, shot), 0o600);
    });
}
