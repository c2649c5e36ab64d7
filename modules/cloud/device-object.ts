/** The object that says which device writes below a name: two of them would write over each other. */
import { deviceKey, type ObjectRoot } from 'ocellus/app/cloud/object-names';
import { type ObjectStore, StoreError } from 'ocellus/app/cloud/object-store';
import { isObject, parseJson } from 'ocellus/app/config/json';

const version = 1;
const names: ReadonlySet<string> = new Set(['version', 'id']);

/**
 * `id`: of this device, for ever. What the store has then decides: one that takes no conditions lets two devices write
 * at once. Rejects with `CONFLICT`: another device writes there; what the store refuses with.
 */
export async function claim(store: ObjectStore, root: ObjectRoot, id: string): Promise<void> {
    const key = deviceKey(root);
    let found = await store.get(key);
    if (found === undefined) {
        try {
            await store.put(key, JSON.stringify({ version, id }), { type: 'application/json', isNew: true });
        } catch (error) {
            if (!(error instanceof StoreError && error.code === 'CONFLICT')) {
                throw error;
            }
        }
        found = await store.get(key);
    }
    let given: unknown;
    try {
        given = found && parseJson(found.text, 'device', 0, names);
    } catch {
        given = undefined;
    }
    if (!isObject(given) || given['id'] !== id) {
        const why = `another device writes to ${key}: give this one another name or prefix, or delete that object`;
        throw new StoreError('CONFLICT', why, false);
    }
}
