/** Words of the element: its own, since it stands in pages of any language. */
import type { Why } from '../live/why.js';
import type { EmbedState } from './embed-player.js';

/** Keys of buttons and notices. */
type Key = 'live' | 'starting' | 'lost' | 'unsupported' | 'over' | 'address' | 'play' | 'pause' | 'mute' | 'unmute' | 'full' | 'byHls';

const en: Readonly<Record<Key, string>> = {
    live: 'Live video',
    starting: 'Starting …',
    lost: 'The picture stands still. Trying again …',
    unsupported: 'This browser cannot play the picture.',
    over: 'This link is over.',
    address: 'No watch link and no address.',
    play: 'Play',
    pause: 'Pause',
    mute: 'Mute',
    unmute: 'Sound on',
    full: 'Full screen',
    byHls: 'Delayed: without WebRTC',
};

const zh: Readonly<Record<Key, string>> = {
    live: '实时视频',
    starting: '正在启动…',
    lost: '画面停止，正在重试…',
    unsupported: '此浏览器无法播放画面。',
    over: '此链接已失效。',
    address: '没有观看链接或地址。',
    play: '播放',
    pause: '暂停',
    mute: '静音',
    unmute: '打开声音',
    full: '全屏',
    byHls: '有延迟：未使用 WebRTC',
};

/** What buttons show; their names are words. */
export const icons = { play: '▶', pause: '❚❚', muted: '🔇', sound: '🔊', full: '⛶' } as const;

/** The words of a language tag. */
export function wordsOf(language: string): Readonly<Record<Key, string>> {
    return /^zh\b/i.test(language) ? zh : en;
}

/** What a state says over the picture; empty: nothing. */
export function noticeOf(state: EmbedState, words: Readonly<Record<Key, string>>): string {
    switch (state.kind) {
        case 'playing':
            return '';
        case 'starting':
            return words.starting;
        default:
            return words[state.reason];
    }
}

/** Why it is not WebRTC, for the title of the hint: words of the device, or the kind of the reason. */
export function reasonOf(why: Why | undefined): string {
    return why === undefined ? '' : 'message' in why && why.message !== '' ? why.message : why.kind;
}
