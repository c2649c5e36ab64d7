/**
 * `embedded:storage/key-value` of a board: the SDK's, which opens any namespace of NVS, with what the host and ESP-IDF
 * keep there out of reach. A domain of an application is a namespace of its own that begins with `a.`.
 */
import nvs, { type NvsOptions, type NvsStorage } from 'ocellus/sdk-nvs';

/** NVS takes 15 bytes, two of which are the beginning. */
const name = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,12}$/;

/** Opens the domain `path`; `format` and `mode` as the SDK has them. */
function open({ path, format, mode }: NvsOptions): NvsStorage {
    if (typeof path !== 'string' || !name.test(path)) {
        throw new TypeError('path: 1 to 13 letters, digits, ".", "_" and "-", and no dot at the beginning');
    }
    return nvs.open({
        path: `a.${path}`,
        ...(format !== undefined && { format }),
        ...(mode !== undefined && { mode }),
    });
}

export default Object.freeze({ open });
