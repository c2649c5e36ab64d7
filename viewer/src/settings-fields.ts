/** What can be set, and what is allowed (docs/design/cli.md). The device checks again and has the last word. */
import { daysPattern, timePattern } from '../../modules/base/hours.js';
import { record } from './json.js';
import { type PlainKey, t } from './text.js';

/** How a field is edited, and what it allows. */
export type Kind =
    | { readonly type: 'flag' }
    /** zero: 0 is allowed too. */
    | { readonly type: 'whole'; readonly least: number; readonly most: number; readonly zero?: boolean }
    | { readonly type: 'choice'; readonly words: readonly string[] }
    /** empty: may be left empty, which is the device's default. */
    | { readonly type: 'text'; readonly pattern: RegExp; readonly empty: boolean }
    /** One entry in each line. */
    | { readonly type: 'list'; readonly pattern: RegExp; readonly most: number }
    /** Times of the week. */
    | { readonly type: 'schedule' };

/** One setting. */
export interface Field {
    /** Keys from the top, joined by dots. */
    readonly path: string;
    readonly label: PlainKey;
    /** What is allowed, or what it does. */
    readonly hint?: PlainKey;
    readonly kind: Kind;
    /** Shown also when the device does not name it: what it does not know either is refused by it. */
    readonly always?: boolean;
}

/** Fields under one heading. */
export interface Group {
    readonly title: PlainKey;
    readonly fields: readonly Field[];
}

const flag: Kind = { type: 'flag' };
const whole = (least: number, most: number) => ({ type: 'whole', least, most }) as const;
const choice = (...words: string[]): Kind => ({ type: 'choice', words });
const words = (pattern: RegExp, empty = false): Kind => ({ type: 'text', pattern, empty });
const lines = (pattern: RegExp, most: number): Kind => ({ type: 'list', pattern, most });

const host = /^(?:\*\.)?[A-Za-z0-9:._-]{1,120}$/;
const origin = /^https?:\/\/[a-z0-9.:[\]_-]{1,110}$/;
const proxy = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-fA-F:.]*:[\da-fA-F:.]*)$/;
const listen = /^(?:localhost|\d{1,3}(?:\.\d{1,3}){3}|[\da-fA-F]*:[\da-fA-F:]*:[\da-fA-F:.]*)$/;
const path = /^[^\0\n]{1,500}$/;
const stun = /^(?:[A-Za-z0-9._-]{1,253}|\[[\da-fA-F:.]{2,45}\])(?::\d{1,5})?$/;
/** `***` in place of user and password: they stay as they are. */
const turn = /^turns?:\/\/(?:[^\s:@/?#]+:[^\s:@/?#]+|\*{3})@(?:[A-Za-z0-9._-]{1,253}|\[[\da-fA-F:.]{2,45}\])(?::\d{1,5})?(?:\?transport=(?:udp|tcp))?$/;
const bytes = whole(0, 16_777_216);

/** Settings of the device. */
export const groups: readonly Group[] = [
    {
        title: 'settings.recording',
        fields: [
            { path: 'record.enabled', label: 'set.recordEnabled', kind: flag },
            { path: 'record.audio', label: 'set.recordAudio', hint: 'hint.recordAudio', kind: flag },
            { path: 'record.name', label: 'set.recordName', hint: 'hint.recordName', kind: words(/^[A-Za-z0-9-]{1,63}$/) },
            { path: 'record.segmentMinutes', label: 'set.segmentMinutes', kind: whole(1, 1440) },
            { path: 'record.prerollSeconds', label: 'set.prerollSeconds', hint: 'hint.prerollSeconds', kind: whole(0, 3600) },
        ],
    },
    {
        title: 'settings.live',
        fields: [
            { path: 'live.targetMs', label: 'set.targetMs', hint: 'hint.targetMs', kind: whole(200, 10_000) },
            { path: 'live.partMs', label: 'set.partMs', hint: 'hint.partMs', kind: { ...whole(100, 2000), zero: true } },
        ],
    },
    { title: 'settings.time', fields: [{ path: 'timezone', label: 'set.timezone', hint: 'hint.timezone', kind: words(/^[!-~]{1,63}$/) }] },
    {
        title: 'settings.privacy',
        fields: [
            { path: 'privacy.schedule', label: 'set.privacySchedule', hint: 'hint.privacySchedule', kind: { type: 'schedule' } },
            { path: 'indicator.led', label: 'set.indicatorLed', hint: 'hint.indicatorLed', kind: words(/^(?!\.)[^\s/]{1,63}$/, true) },
        ],
    },
    {
        title: 'settings.network',
        fields: [
            { path: 'listen', label: 'set.listen', hint: 'hint.listen', kind: lines(listen, 8) },
            { path: 'port', label: 'set.port', kind: whole(0, 65_535) },
            { path: 'http.login', label: 'set.login', hint: 'hint.login', kind: choice('remote', 'always') },
            { path: 'http.hosts', label: 'set.hosts', hint: 'hint.hosts', kind: lines(host, 16) },
            { path: 'http.corsOrigins', label: 'set.corsOrigins', hint: 'hint.corsOrigins', kind: lines(origin, 16) },
            { path: 'http.trustedProxies', label: 'set.trustedProxies', hint: 'hint.trustedProxies', kind: lines(proxy, 16) },
            { path: 'http.tlsCert', label: 'set.tlsCert', hint: 'hint.tls', kind: words(path, true) },
            { path: 'http.tlsKey', label: 'set.tlsKey', hint: 'hint.tls', kind: words(path, true) },
        ],
    },
    {
        title: 'settings.p2p',
        fields: [
            { path: 'p2p.enabled', label: 'set.p2pEnabled', hint: 'hint.p2pEnabled', kind: flag },
            { path: 'p2p.port', label: 'set.p2pPort', hint: 'hint.p2pPort', kind: whole(0, 65_535) },
            { path: 'p2p.ipv6', label: 'set.p2pIpv6', kind: flag },
            { path: 'p2p.loopback', label: 'set.p2pLoopback', hint: 'hint.p2pLoopback', kind: flag },
            { path: 'p2p.stun', label: 'set.p2pStun', hint: 'hint.p2pStun', kind: lines(stun, 4) },
            { path: 'p2p.turn', label: 'set.p2pTurn', hint: 'hint.p2pTurn', kind: lines(turn, 4) },
            { path: 'p2p.relayOnly', label: 'set.p2pRelayOnly', hint: 'hint.p2pRelayOnly', kind: flag },
            { path: 'p2p.maxPeers', label: 'set.p2pMaxPeers', kind: whole(1, 64) },
            { path: 'p2p.watermarks.low', label: 'set.p2pLow', hint: 'hint.p2pLow', kind: bytes },
            { path: 'p2p.watermarks.warn', label: 'set.p2pWarn', hint: 'hint.p2pWarn', kind: bytes },
            { path: 'p2p.watermarks.high', label: 'set.p2pHigh', hint: 'hint.p2pHigh', kind: bytes },
            { path: 'p2p.keepAlive.interval', label: 'set.p2pInterval', hint: 'hint.p2pKeepAlive', kind: whole(0, 255) },
            { path: 'p2p.keepAlive.attempts', label: 'set.p2pAttempts', hint: 'hint.p2pKeepAlive', kind: whole(0, 10) },
        ],
    },
    { title: 'settings.log', fields: [{ path: 'log', label: 'set.log', kind: choice('error', 'warn', 'info', 'debug') }] },
];

/** Settings of one channel. */
export const channelFields: readonly Field[] = [
    { path: 'name', label: 'set.channelName', hint: 'hint.channelName', kind: words(/^[a-z0-9][a-z0-9-]{0,30}$/), always: true },
    { path: 'input', label: 'set.input', hint: 'hint.input', kind: words(/^[^\0\n]{1,511}$/), always: true },
    { path: 'sub', label: 'set.sub', hint: 'hint.sub', kind: words(/^[^\0\n]{1,511}$/, true), always: true },
    { path: 'audio', label: 'set.audio', kind: flag, always: true },
    { path: 'loop', label: 'set.loop', kind: flag, always: true },
    { path: 'ring.seconds', label: 'set.ringSeconds', hint: 'hint.ringSeconds', kind: whole(1, 3600) },
    { path: 'prerollSeconds', label: 'set.prerollSeconds', hint: 'hint.prerollSeconds', kind: whole(0, 3600), always: true },
    { path: 'record.stream', label: 'set.recordStream', kind: choice('main', 'sub') },
];

/** What a channel is when nothing is said. */
export const newChannel: Readonly<Record<string, unknown>> = {
    name: '',
    input: '',
    sub: '',
    audio: true,
    loop: true,
    ring: { seconds: 12 },
    prerollSeconds: 0,
};

/** The value at a path; undefined: there is none. */
export function valueAt(tree: unknown, at: string): unknown {
    return at.split('.').reduce<unknown>((now, key) => (Object.hasOwn(record(now), key) ? record(now)[key] : undefined), tree);
}

/** A merge patch (RFC 7386) that sets these paths. */
export function patchOf(values: ReadonlyMap<string, unknown>): Record<string, unknown> {
    const patch: Record<string, unknown> = {};
    for (const [at, value] of values) {
        const keys = at.split('.');
        const last = keys.pop() ?? '';
        let now = patch;
        for (const key of keys) {
            now[key] ??= {};
            now = now[key] as Record<string, unknown>;
        }
        now[last] = value;
    }
    return patch;
}

/** Whether two values of settings are the same. */
export function same(a: unknown, b: unknown): boolean {
    return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}

/** One time of the week in which privacy is on. */
export interface Period {
    readonly days: string;
    readonly from: string;
    readonly to: string;
}

const PERIODS_MOST = 16;

/** A value as the device takes it, or what is wrong with it. */
export type Checked = { readonly value: unknown } | { readonly problem: string };

function checkSchedule(periods: readonly Period[]): Checked {
    for (const period of periods) {
        if (!daysPattern.test(period.days)) {
            return { problem: t('mustDays', { value: period.days }) };
        }
        if (!timePattern.test(period.from) || !(timePattern.test(period.to) || period.to === '24:00') || period.from === period.to) {
            return { problem: t('mustTimes', { value: `${period.from}-${period.to}` }) };
        }
    }
    return periods.length > PERIODS_MOST ? { problem: t('mustFewer', { most: PERIODS_MOST }) } : { value: periods.length === 0 ? null : periods };
}

/** Checks what was entered. Empty lists and texts go back to the device's default (null in a merge patch). */
export function check(kind: Kind, entered: string | boolean | readonly Period[]): Checked {
    if (typeof entered === 'object') {
        return checkSchedule(entered);
    }
    if (typeof entered === 'boolean') {
        return { value: entered };
    }
    const given = entered.trim();
    switch (kind.type) {
        case 'whole': {
            const value = /^\d{1,12}$/.test(given) ? Number(given) : Number.NaN;
            if ((value >= kind.least && value <= kind.most) || (value === 0 && kind.zero)) {
                return { value };
            }
            const { least, most } = kind;
            return { problem: kind.zero ? t('mustWholeOrZero', { least, most }) : t('mustWhole', { least, most }) };
        }
        case 'choice':
            return kind.words.includes(given) ? { value: given } : { problem: t('mustChoose') };
        case 'text':
            if (given === '' && kind.empty) {
                return { value: null };
            }
            return kind.pattern.test(given) ? { value: given } : { problem: given === '' ? t('mustGive') : t('mustFit') };
        case 'list': {
            const entries = given.split(/\s+/).filter(Boolean);
            const wrong = entries.find((entry) => !kind.pattern.test(entry));
            if (wrong !== undefined) {
                return { problem: t('mustEntry', { value: wrong }) };
            }
            return entries.length > kind.most ? { problem: t('mustFewer', { most: kind.most }) } : { value: entries.length === 0 ? null : entries };
        }
        default:
            return { problem: t('mustFit') };
    }
}
