/**
 * Recordings in the store of the owner, without a camera: it may be off, stolen or broken. The page reads the bucket by
 * itself, with keys that stay in this browser, and lies wherever there is a web server: on a device, or in the bucket.
 */
import { el, put, setText } from '../dom.js';
import { formatDate, formatDuration, formatTime } from '../format.js';
import { record, text } from '../json.js';
import { applyTheme, currentTheme } from '../preferences.js';
import { kindText } from '../day/kinds.js';
import { drawn } from '../drawn.js';
import { type PlainKey, preferredLanguage, t, useLanguage } from '../text.js';
import { Bucket, BucketError, type Place } from './bucket.js';
import type { Verdict } from './evidence.js';
import { Film, type FilmState } from './film.js';
import { type Footage, type Happening, nameOf, partOf, readDay, silentSince } from './footage.js';
import { forget, keep, kept, nowhere } from './keep.js';
import type { Lock } from './key-loader.js';
import { Pictures } from './pictures.js';
import { forgetReader, KeyError, keepReader, keptReader, type Reader, readPem } from './private-key.js';

/** How often a day that is not over is read again. */
const REFRESH_MS = 30_000;

const fields: readonly (readonly [keyof Place, PlainKey, string])[] = [
    ['endpoint', 'set.cloudEndpoint', 'url'],
    ['bucket', 'set.cloudBucket', 'text'],
    ['region', 'set.cloudRegion', 'text'],
    ['prefix', 'set.cloudPrefix', 'text'],
    ['accessKeyId', 'set.cloudAccessKeyId', 'text'],
    ['secretAccessKey', 'set.cloudSecretAccessKey', 'password'],
];

const why: Readonly<Record<BucketError['why'], PlainKey>> = { denied: 'cloudDenied', blocked: 'cloudUnreached', failed: 'cloudFailed' };
const locks: Readonly<Record<Lock['why'], PlainKey>> = { locked: 'cloudLocked', damaged: 'cloudKeyDamaged', insecure: 'cloudInsecure', failed: 'cloudFailed' };
const proofs: Readonly<Record<Verdict, PlainKey>> = { proven: 'cloudProven', unproven: 'cloudUnproven', changed: 'cloudChanged' };
const shown: Readonly<Record<Exclude<FilmState, Lock>, PlainKey | undefined>> = { loading: 'loading', playing: undefined, ended: 'cloudEnd', failed: 'cloudFailed', refused: 'unsupported' };

/** What the device that serves this page sends to, as far as it says; in a bucket there is none. */
async function placeOfDevice(): Promise<Partial<Place>> {
    try {
        const response = await fetch('./api/settings', { signal: AbortSignal.timeout(3000) });
        const cloud = record(record(await response.json())['cloud']);
        const given = (['endpoint', 'bucket', 'region', 'prefix'] as const).map((name) => [name, text(cloud[name]) ?? '']);
        return { ...Object.fromEntries(given), pathStyle: cloud['pathStyle'] !== false };
    } catch {
        return {};
    }
}

function options(names: readonly string[]): HTMLElement[] {
    return names.map((name) => el('option', { value: name }));
}

class CloudPage {
    readonly #main: HTMLElement;
    readonly #status = el('p', { role: 'status', class: 'hint' });
    readonly #room = el('div', { hidden: true });
    #bucket: Bucket | undefined;
    #reader: Reader | undefined;

    constructor(main: HTMLElement, place: Place, reader: Reader | undefined) {
        this.#main = main;
        this.#reader = reader;
        const inputs = new Map(fields.map(([name, label, type]) => [name, el('input', { name, type, autocomplete: 'off', spellcheck: 'false', value: String(place[name]), 'aria-label': t(label) })]));
        const style = el('input', { type: 'checkbox', checked: place.pathStyle });
        const stays = el('input', { type: 'checkbox', checked: place.accessKeyId !== '' || reader !== undefined });
        const pem = el('textarea', { rows: '2', autocomplete: 'off', spellcheck: 'false', 'aria-label': t('cloudKey') });
        const file = el('input', { type: 'file', 'aria-label': t('cloudKeyFile') });
        const submit = async (event: Event): Promise<void> => {
            event.preventDefault();
            try {
                const given = pem.value.trim() || (await file.files?.[0]?.text()) || '';
                this.#reader = given === '' ? this.#reader : await readPem(given);
            } catch (error) {
                setText(this.#status, t(error instanceof KeyError && error.why === 'insecure' ? 'cloudInsecure' : 'cloudNoKey'));
                return;
            } finally {
                pem.value = '';
                file.value = '';
            }
            if (!stays.checked) {
                await forgetReader();
            } else if (this.#reader !== undefined) {
                await keepReader(this.#reader);
            }
            const given = Object.fromEntries([...inputs].map(([name, input]) => [name, input.value.trim()]));
            const chosen = { ...nowhere, ...given, pathStyle: style.checked } as Place;
            if (stays.checked) {
                keep(chosen);
            } else {
                forget();
            }
            void this.#open(chosen);
        };
        const row = (label: PlainKey, input: HTMLElement): HTMLElement => el('label', {}, el('span', {}, t(label)), input);
        const form = el(
            'form',
            { submit },
            ...fields.map(([name, label]) => row(label, inputs.get(name) ?? el('input'))),
            row('set.cloudPathStyle', style),
            row('cloudKey', pem),
            row('cloudKeyFile', file),
            el('p', { class: 'hint' }, t('cloudKeyHint')),
            row('cloudKeep', stays),
            el('p', { class: 'hint' }, t('cloudKeepHint')),
            el('button', { type: 'submit' }, t('cloudOpen')),
        );
        const panel = el('details', { class: 'panel', open: place.bucket === '' }, el('summary', {}, t('cloudPlace')), form);
        put(main, el('h1', {}, t('cloud')), panel, this.#status, this.#room);
        if (place.endpoint !== '' && place.bucket !== '') {
            void this.#open(place);
        }
    }

    #report(error: unknown): void {
        setText(this.#status, t(error instanceof BucketError ? why[error.why] : 'cloudNoAddress'));
    }

    /** Shows which cameras there are. A bucket that lists nothing to the public still has them. */
    async #open(place: Place): Promise<void> {
        setText(this.#status, t('loading'));
        this.#room.hidden = true;
        try {
            this.#bucket = new Bucket(place);
        } catch (error) {
            this.#report(error);
            return;
        }
        const bucket = this.#bucket;
        let devices: readonly string[] = [];
        try {
            devices = (await bucket.folders('')).map(nameOf);
            setText(this.#status, devices.length === 0 ? t('cloudNothing') : '');
        } catch (error) {
            this.#report(error);
            if (!(error instanceof BucketError) || error.why !== 'denied' || place.accessKeyId !== '') {
                return;
            }
        }
        if (bucket === this.#bucket) {
            new CloudRoom(bucket, this.#reader, this.#room, devices, (error) => (error === undefined ? setText(this.#status, '') : this.#report(error)));
            const panel = this.#main.querySelector('details');
            panel?.removeAttribute('open');
        }
    }
}

/** Cameras, days and the picture of one bucket. */
class CloudRoom {
    readonly #bucket: Bucket;
    readonly #report: (error?: unknown) => void;
    readonly #film: Film;
    readonly #pictures: Pictures;
    readonly #device = el('input', { list: 'devices', 'aria-label': t('cloudDevice') });
    readonly #channel = el('input', { list: 'channels', 'aria-label': t('cloudChannel') });
    readonly #day = el('input', { type: 'date', 'aria-label': t('cloudDay') });
    readonly #channels = el('datalist', { id: 'channels' });
    readonly #days = el('p', { class: 'days' });
    readonly #hours = el('ol', { class: 'hours', 'aria-label': t('files') });
    readonly #events = el('ul', { class: 'events', 'aria-label': t('events') });
    readonly #notice = el('p', { role: 'status', class: 'hint' });
    readonly #silent = el('p', { role: 'status', class: 'hint' });
    readonly #proof = el('p', { role: 'status', class: 'hint proof' });
    readonly #absent = new Map<string, number>();
    #turn = 0;
    #timer = 0;

    constructor(bucket: Bucket, reader: Reader | undefined, room: HTMLElement, devices: readonly string[], report: (error?: unknown) => void) {
        this.#bucket = bucket;
        this.#report = report;
        const video = el('video', { controls: true, playsinline: true, 'aria-label': t('cloud') });
        this.#film = new Film(
            video,
            bucket,
            () => reader,
            (state) => {
                if (typeof state === 'string') {
                    const text = shown[state];
                    setText(this.#notice, text === undefined ? '' : t(text));
                } else {
                    this.#showLock(state);
                }
            },
            (verdict, signer) => setText(this.#proof, `${t(proofs[verdict])} ${verdict === 'proven' ? signer : ''}`.trim()),
        );
        this.#pictures = new Pictures(bucket, reader, (lock) => this.#showLock(lock));
        this.#device.addEventListener('change', () => void this.#channelsOf());
        this.#channel.addEventListener('change', () => void this.#daysOf());
        this.#day.addEventListener('change', () => void this.#read());
        const row = (label: PlainKey, input: HTMLElement): HTMLElement => el('label', {}, el('span', {}, t(label)), input);
        const list = el('datalist', { id: 'devices' }, ...options(devices));
        const choice = el('div', { class: 'bar' }, row('cloudDevice', this.#device), row('cloudChannel', this.#channel), row('cloudDay', this.#day), list, this.#channels);
        put(room, choice, this.#days, el('div', { class: 'film' }, video, this.#notice, this.#silent, this.#proof), this.#hours, this.#events);
        room.hidden = false;
        if (devices.length > 0) {
            this.#device.value = devices[0] ?? '';
            void this.#channelsOf();
        }
    }

    #showLock({ why, ids }: Lock): void {
        setText(this.#notice, `${t(locks[why])} ${ids.join(', ')}`.trim());
    }

    async #channelsOf(): Promise<void> {
        const names = await this.#folders(this.#device.value);
        put(this.#channels, ...options(names));
        this.#channel.value = names.includes(this.#channel.value) ? this.#channel.value : (names[0] ?? '');
        await this.#daysOf();
    }

    async #daysOf(): Promise<void> {
        const days = (await this.#folders(this.#device.value, this.#channel.value)).filter((day) => /^\d{4}-\d\d-\d\d$/.test(day));
        const choose = (day: string): void => {
            this.#day.value = day;
            void this.#read();
        };
        put(this.#days, ...days.slice(-31).map((day) => el('button', { type: 'button', click: () => choose(day) }, day)));
        choose(days.at(-1) ?? new Date().toISOString().slice(0, 10));
    }

    /** Names in a folder; a bucket that lists nothing has none, and a day may be named all the same. */
    async #folders(...parts: readonly string[]): Promise<string[]> {
        try {
            const found = (await this.#bucket.folders(`${parts.map(partOf).join('/')}/`)).map(nameOf);
            this.#report();
            return found;
        } catch (error) {
            this.#report(error);
            return [];
        }
    }

    async #read(): Promise<void> {
        const turn = ++this.#turn;
        clearTimeout(this.#timer);
        this.#pictures.forgetKeys();
        const [device, channel, day] = [this.#device.value, this.#channel.value, this.#day.value];
        if (device === '' || channel === '' || day === '') {
            return;
        }
        try {
            const footage = await readDay(this.#bucket, device, channel, day, Date.now(), this.#absent);
            if (turn === this.#turn) {
                this.#report();
                this.#show(footage);
            }
        } catch (error) {
            this.#report(error);
        }
        if (turn === this.#turn && day === new Date().toISOString().slice(0, 10)) {
            this.#timer = setTimeout(() => void this.#read(), REFRESH_MS);
        }
    }

    #show({ hours, events }: Footage): void {
        this.#film.setHours(hours);
        const silent = silentSince(hours.at(-1), Date.now());
        setText(this.#silent, silent === undefined ? '' : t('cloudSilent', { time: formatDate(silent) }));
        const button = (at: number, words: string): HTMLElement => el('button', { type: 'button', click: () => void this.#film.playAt(at) }, words);
        const hourText = (at: number, length: number): string => `${formatTime(at)} · ${formatDuration(length)}`;
        put(this.#hours, ...hours.map(({ at, milliseconds, spans }) => el('li', {}, button(spans[0]?.start ?? at, hourText(spans[0]?.start ?? at, milliseconds)))));
        put(this.#events, ...events.map((event) => el('li', {}, this.#event(event, button(event.start - 5000, `${formatDate(event.start)} · ${kindText(event.kind)}`)))));
        if (hours.length === 0) {
            setText(this.#notice, t('cloudNothing'));
        }
    }

    /** With its picture, which is read when the row is nearly seen. */
    #event(event: Happening, button: HTMLElement): HTMLElement {
        if (event.picture !== undefined) {
            const holder = el('span', { class: 'shot none' });
            button.prepend(holder);
            const [device, channel] = [this.#device.value, this.#channel.value];
            const seen = new IntersectionObserver((entries) => {
                if (entries.some(({ isIntersecting }) => isIntersecting)) {
                    seen.disconnect();
                    void this.#pictures.read(device, channel, event).then(
                        (found) => found && drawn(holder, found),
                        () => undefined,
                    );
                }
            });
            seen.observe(holder);
        }
        return button;
    }
}

applyTheme(currentTheme());
await useLanguage(preferredLanguage(navigator.languages));
document.title = `Ocellus · ${t('cloud')}`;
const main = document.querySelector('main');
if (main) {
    const linked = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
    const { endpoint = '', bucket = '', region, prefix, path } = linked;
    const link = endpoint === '' ? {} : { endpoint, bucket, ...(region && { region }), ...(prefix && { prefix }), ...(path && { pathStyle: path !== 'false' }) };
    new CloudPage(main, { ...nowhere, ...(await placeOfDevice()), ...kept(), ...link }, await keptReader());
}
