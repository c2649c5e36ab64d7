/** Tries a camera before it is kept: `POST /api/channels/test`, asked again while it takes longer than an answer. */
import type { CameraTestJson } from '../../../modules/http/api-types.js';
import { type Outcome, send } from '../api.js';
import { el } from '../dom.js';
import { formatNumber } from '../format.js';
import { fields, number, record, text } from '../json.js';
import { codecName, isSilent } from '../playable.js';
import { t } from '../text.js';
import type { Entry } from './entry.js';

/** Another one is being tried, or no application runs: asked again so often, with a second between. */
const TRIES = 30;

/** What came of it: a picture and what it is, or why there is none. */
export type Trial =
    | { readonly kind: 'works'; readonly what: string; readonly picture: HTMLCanvasElement | undefined }
    | { readonly kind: 'fails'; readonly problem: string; readonly reason: string | undefined }
    | { readonly kind: 'refused'; readonly outcome: Extract<Outcome, { ok: false }> };

/** Resolution, coding and sound, for people. */
export function traitsOf(video: unknown, audio: unknown): string {
    const [seen, heard] = [record(video), record(audio)];
    const [codec, sound, fps] = [text(seen['codec']), text(heard['codec']), number(seen['fps'])];
    const silent = isSilent(codec, sound) ? ` (${t('silent')})` : '';
    return [
        ...(codec === undefined ? [] : [`${number(seen['width']) ?? 0} × ${number(seen['height']) ?? 0}`, codecName(codec)]),
        ...(fps ? [t('trialRate', { rate: formatNumber(fps, 0) })] : []),
        sound === undefined ? t('trialSilent') : `${t('trialSound', { codec: codecName(sound) })}${silent}`,
    ].join(', ');
}

/** The page may show no `data:` address, so it is drawn. */
async function drawn(address: string): Promise<HTMLCanvasElement | undefined> {
    const [, base64] = /^data:image\/jpeg;base64,(.+)$/.exec(address) ?? [];
    if (base64 === undefined) {
        return undefined;
    }
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' })).catch(() => undefined);
    if (bitmap === undefined) {
        return undefined;
    }
    const canvas = el('canvas', { role: 'img', 'aria-label': t('trialPicture'), width: String(bitmap.width), height: String(bitmap.height) });
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    bitmap.close();
    return canvas;
}

/** Waits for the whole of it, 15 s and more while others are tried. Undefined: nobody wants to know any more. */
export async function tryCamera(entry: Entry, stop: AbortSignal): Promise<Trial | undefined> {
    for (let left = TRIES; !stop.aborted; left--) {
        const outcome = await send('POST', '/api/channels/test', entry);
        if (stop.aborted) {
            return undefined;
        }
        if (!outcome.ok && (outcome.status !== 503 || left <= 0)) {
            return { kind: 'refused', outcome };
        }
        const found = outcome.ok ? fields<CameraTestJson>(outcome.body) : undefined;
        if (found?.ok === true) {
            return { kind: 'works', what: traitsOf(found.video, found.audio), picture: await drawn(text(found.snapshot) ?? '') };
        }
        if (found?.ok === false) {
            return { kind: 'fails', problem: text(found.problem) ?? '', reason: text(found.reason) };
        }
        if (!outcome.ok) {
            await new Promise((resolve) => setTimeout(resolve, 1000));
        }
    }
    return undefined;
}
