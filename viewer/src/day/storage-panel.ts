/** What recordings take, how long they are kept, and what was deleted to make room. */
import './storage.css';
import { el, put } from '../dom.js';
import { formatBytes, formatDate, formatDuration, formatNumber } from '../format.js';
import { number } from '../json.js';
import { send } from '../request.js';
import { may } from '../rights.js';
import { pathTitle } from '../recording-title.js';
import type { Cloud } from '../status.js';
import { t, word } from '../text.js';
import { type Forecast, readStorage, type Storage } from './data.js';

/** How often it is read again. */
const REFRESH_MS = 30_000;
/** After a request that failed. */
const AGAIN_MS = 5_000;

/** The policy in sentences: `keepFreePercent`, `keepFreeMB`, `maxMB`, `maxDays`. */
export function policyText(policy: Readonly<Record<string, unknown>>): string[] {
    const of = (name: string): number => number(policy[name]) ?? 0;
    const [percent, free, max, days] = [of('keepFreePercent'), of('keepFreeMB'), of('maxMB'), of('maxDays')];
    const kept =
        percent > 0 && free > 0
            ? t('keepBoth', { percent, size: formatBytes(free * 1e6) })
            : percent > 0
              ? t('keepPercent', { percent })
              : free > 0
                ? t('keepBytes', { size: formatBytes(free * 1e6) })
                : '';
    const rules = [kept, max > 0 ? t('keepMax', { size: formatBytes(max * 1e6) }) : '', days > 0 ? t('keepDays', { days }) : ''].filter(Boolean);
    return rules.length === 0 ? [t('keepNoLimit')] : [...rules, t('keepOldest')];
}

/** Whole days from three on, else hours. */
function lengthText(days: number): string {
    return days >= 3 ? t('aboutDays', { count: formatNumber(days, 0) }) : t('aboutHours', { count: formatNumber(Math.max(days * 24, 1), 0) });
}

const lasts = { space: 'lastsSpace', bytes: 'lastsBytes', age: 'lastsAge', full: 'lastsFull' } as const;

/** For how long the disk lasts, in a sentence; a number only where the device knows one. */
export function forecastText({ state, days, until, bytesPerDay }: Forecast): string {
    if (state !== 'known' || days === undefined) {
        return t(state === 'clock' ? 'lastsClock' : state === 'idle' ? 'lastsIdle' : 'lastsLearning');
    }
    const key = lasts[(until ?? 'space') as keyof typeof lasts] ?? 'lastsSpace';
    return t(key, { length: lengthText(days), rate: formatBytes(bytesPerDay) });
}

/** An object is sent when it is whole. */
const usualLagMs = 15_000;

/** Whether its reason is to be shown. */
const isBad = ({ state }: Cloud): boolean => state === 'retrying' || state === 'blocked' || state === 'refused';

function cloudLines(cloud: Cloud): HTMLElement[] {
    const { state, reason, lagMs, waitingBytes, gaps, gapMs, encrypted } = cloud;
    const bad = isBad(cloud);
    const behind = lagMs > usualLagMs ? t('cloudBehind', { time: formatDuration(lagMs), size: formatBytes(waitingBytes) }) : '';
    const text = [`${t('cloud')}: ${word('cloud', state)}`, encrypted ? t('cloudEncrypted') : '', behind].filter(Boolean).join(' · ');
    const lost = gaps > 0 ? [el('p', { class: 'hint' }, t('cloudGaps', { time: formatDuration(gapMs) }))] : [];
    const away = el('p', {}, el('a', { href: './cloud.html' }, t('cloudAway')));
    return [el('p', bad ? { class: 'why', role: 'alert' } : {}, text), ...(bad ? [el('p', { class: 'hint' }, reason)] : []), ...lost, away];
}

/** A framed part of the view; hidden on a device that does not say. */
export class StoragePanel {
    readonly element = el('section', { class: 'panel storage', 'aria-label': t('storage'), hidden: true });
    readonly #cloudLines = el('div', {});
    /** The device tries its store at once when settings are saved, also unchanged. */
    readonly #tryCloud = el('button', { type: 'button', hidden: true, click: () => void send('PATCH', '/api/settings', {}) }, t('tryAgain'));
    readonly #cloud = el('div', {}, this.#cloudLines, this.#tryCloud);
    #readMs = 0;
    #reading = false;
    #missing = false;
    #recorded: readonly string[] = [];
    readonly #onRead: () => void;

    /** onRead: called when `recorded` may have changed. */
    constructor(onRead: () => void) {
        this.#onRead = onRead;
    }

    /** Channels that have recordings, also of those that were removed. */
    get recorded(): readonly string[] {
        return this.#recorded;
    }

    /** Reads when it was some time ago. cloud: as the newest status has it. */
    update(cloud: Cloud | undefined): void {
        put(this.#cloudLines, ...(cloud === undefined ? [] : cloudLines(cloud)));
        this.#tryCloud.hidden = cloud === undefined || !isBad(cloud) || !may('change');
        if (!this.#reading && !this.#missing && Date.now() - this.#readMs > REFRESH_MS) {
            void this.#read();
        }
    }

    /** Something was deleted. */
    refresh(): void {
        this.#readMs = 0;
    }

    async #read(): Promise<void> {
        this.#reading = true;
        const answer = await readStorage();
        this.#reading = false;
        this.#readMs = Date.now() - (answer.kind === 'ok' ? 0 : REFRESH_MS - AGAIN_MS);
        this.#missing = answer.kind === 'missing' || answer.kind === 'unsupported';
        if (answer.kind === 'ok') {
            this.#show(answer.value);
            this.#recorded = answer.value.recorded;
            this.#onRead();
        } else if (answer.kind === 'unsupported') {
            put(this.element, el('h2', {}, t('storage')), el('p', {}, t('storageNone')), this.#cloud);
            this.element.hidden = false;
        }
    }

    #show(storage: Storage): void {
        const { bytes, free, total, policy, files, deletedBytes, last, blocked, forecast } = storage;
        const open = this.element.querySelector('details')?.open === true;
        const used = bytes ?? 0;
        const other = Math.max((total ?? 0) - (free ?? 0) - used, 0);
        const part = (name: string, value: number): HTMLElement => {
            const piece = el('span', { class: name });
            piece.style.width = `${(100 * value) / Math.max(total ?? 1, 1)}%`;
            return piece;
        };
        const rows = last.map((one) =>
            el('li', {}, el('span', { class: 'when' }, formatDate(one.at)), ' ', el('span', { class: 'what' }, [pathTitle(one.path), formatBytes(one.bytes), word('deleted', one.why)].join(' · '))),
        );
        put(
            this.element,
            el('h2', {}, t('storage')),
            blocked ? el('p', { class: 'why', role: 'alert' }, t('storageBlocked')) : undefined,
            !total ? undefined : el('div', { class: 'meter', 'aria-hidden': 'true' }, part('used', used), part('other', other)),
            el('dl', {}, ...this.#numbers(storage).flatMap(([label, value]) => [el('dt', {}, label), el('dd', {}, value)])),
            forecast === undefined ? undefined : el('p', { class: 'lasts' }, forecastText(forecast)),
            this.#cloud,
            ...policyText(policy).map((line) => el('p', { class: 'hint' }, line)),
            files === 0 ? undefined : el('details', { open }, el('summary', {}, t('storageDeleted', { count: formatNumber(files, 0), size: formatBytes(deletedBytes) })), el('ul', { class: 'deleted' }, ...rows)),
        );
        this.element.hidden = false;
    }

    /** A device without a disk has no bytes of one. */
    #numbers({ bytes, free, total, oldest }: Storage): readonly (readonly [string, string])[] {
        const room: readonly (readonly [string, string])[] = total ? [[t('storageFree'), t('storageOf', { free: formatBytes(free), total: formatBytes(total) })]] : [[t('storageFree'), formatBytes(total === undefined ? free : undefined)]];
        return [[t('storageUsed'), formatBytes(bytes)], ...room, [t('storageOldest'), oldest === undefined ? t('storageOldestNone') : formatDate(oldest)]];
    }
}
