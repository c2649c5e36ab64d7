/** Opens the windows of a camera; their code comes when they are wanted. */
import { loadRoom } from '../after-first.js';
import { setText } from '../dom.js';
import { t } from '../text.js';
import type { CameraDialogOptions } from './dialog.js';

/** note: says it when the code does not come. */
async function load(work: () => Promise<void>, note: Element): Promise<void> {
    setText(note, '');
    try {
        await work();
    } catch {
        setText(note, t('notLoaded'));
    }
}

/** Adds a camera, or changes the one of `options.channel`. */
export function addOrEdit(options: CameraDialogOptions, note: Element): Promise<void> {
    return load(async () => (await import('./dialog.js')).openCameraDialog(options), note);
}

/** Makes a watch link. */
export function share(name: string, title: string, hasLogin: boolean, note: Element): Promise<void> {
    return load(async () => (await import('./share.js')).openShare(name, title, hasLogin), note);
}

/** Broadcasts it, or shows how that goes. */
export function broadcast(name: string, title: string, note: Element): Promise<void> {
    return load(async () => (await loadRoom(import('../push/broadcast.js'))).openBroadcast(name, title), note);
}

/** Asks, and removes. */
export function remove(name: string, title: string, onRemoved: () => void, note: Element): Promise<void> {
    return load(async () => (await import('./remove.js')).openRemove(name, title, onRemoved), note);
}
