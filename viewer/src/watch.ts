/** The page behind a watch link: one live picture, and its address for player programs. No login, nothing else. */
import { el, put, setText } from './dom.js';
import { formatDate } from './format.js';
import { date, fields, text } from './json.js';
import { loadHls } from './library.js';
import { Player, type PlayerState } from './player.js';
import { applyTheme, currentTheme } from './preferences.js';
import { preferredLanguage, t, useLanguage } from './text.js';

interface Link {
    readonly channel: string;
    /** Of the link, else of the camera. */
    readonly name: string;
    readonly expiresMs: number | undefined;
}

/** How often a link is looked at again while there is no picture. */
const AGAIN_MS = 3000;

/** Relative to the page, so the token stays in the address. over: the link opens nothing any more; undefined: no answer. */
async function readLink(): Promise<Link | 'over' | undefined> {
    const response = await fetch('./link.json', { cache: 'no-store', signal: AbortSignal.timeout(8000) }).catch(() => undefined);
    if (response === undefined) {
        return undefined;
    }
    if (response.status === 403 || response.status === 404) {
        return 'over';
    }
    const link = response.ok ? fields<Record<'channel' | 'title' | 'name' | 'expires', unknown>>(await response.json().catch(() => undefined)) : undefined;
    const channel = text(link?.channel);
    return channel === undefined ? undefined : { channel, name: text(link?.name) || text(link?.title) || channel, expiresMs: date(link?.expires) };
}

/** Motion JPEG and G.711 alone: no browser plays these in a video element. */
async function needsPackets(channel: string): Promise<boolean> {
    const response = await fetch(`./live/${channel}/master.m3u8`).catch(() => undefined);
    const codecs = /CODECS="([^"]*)"/.exec(response?.ok === true ? await response.text() : '')?.[1] ?? '';
    return /^(?:mp4v\.6c|alaw|ulaw)/i.test(codecs);
}

/** Words in place of all. */
function sayOver(main: HTMLElement): void {
    put(main, el('p', { class: 'empty', role: 'alert' }, t('linkOver')));
}

/** A stage that plays the channel. onTrouble: the picture failed. @returns what ends it */
async function play(stage: HTMLElement, channel: string, name: string, onTrouble: () => void): Promise<{ stop(): void }> {
    const video = el('video', { controls: true, playsinline: true, 'aria-label': name });
    const canvas = el('canvas', { role: 'img', 'aria-label': name }, t('canvasFallback'));
    const title = el('strong', {}, t('pictureStarting'));
    const notice = el('span', { class: 'notice', role: 'status' }, title);
    const said: Readonly<Record<PlayerState, string>> = {
        starting: t('pictureStarting'),
        playing: '',
        failed: t('pictureFailed'),
        unsupported: t('unsupported'),
    };
    const onState = (state: PlayerState): void => {
        setText(title, said[state]);
        notice.hidden = said[state] === '';
        if (state === 'failed') {
            onTrouble();
        }
    };
    if (await needsPackets(channel)) {
        put(stage, canvas, notice);
        const { PacketPlayer } = await import('./packets/packet-player.js');
        const packets = new PacketPlayer(canvas, onState);
        packets.play(new URL(`./live/${channel}.mp4`, location.href).href, true);
        return packets;
    }
    put(stage, video, notice);
    const player = new Player(video, loadHls, onState);
    player.playLive(new URL(`./live/${channel}/index.m3u8`, location.href).href);
    document.addEventListener('visibilitychange', () => !document.hidden && player.toEdge());
    return player;
}

async function show(main: HTMLElement): Promise<void> {
    let link = await readLink();
    for (; link === undefined; link = await readLink()) {
        put(main, el('p', { class: 'empty', role: 'status' }, t('offlineText')));
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
    if (link === 'over') {
        sayOver(main);
        return;
    }
    const { name } = link;
    const playlist = new URL(`./live/${link.channel}/index.m3u8`, location.href).href;
    const stage = el('div', { class: 'stage' });
    document.title = `${name} · ${t('page.product')}`;
    put(
        main,
        el('h1', {}, name),
        stage,
        el('p', { class: 'empty' }, t('linkUntil', { time: formatDate(link.expiresMs) })),
        el('details', {}, el('summary', {}, t('linkPlayer')), el('p', {}, el('code', { class: 'link' }, playlist))),
    );
    let looking: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const look = async (): Promise<void> => {
        if ((await readLink()) === 'over') {
            isOver = true;
            sayOver(main);
            (await playing).stop();
        } else if (stage.querySelector('.notice:not([hidden])')) {
            looking = setTimeout(() => void look(), AGAIN_MS);
        }
    };
    const playing = play(stage, link.channel, name, () => {
        clearTimeout(looking);
        if (!isOver) {
            void look();
        }
    });
    await playing;
}

applyTheme(currentTheme());
await useLanguage(preferredLanguage(navigator.languages));
const main = document.querySelector('main');
if (main) {
    await show(main);
}
