import { el, put, setText } from './dom.js';
import { formatBitrate, formatDuration, formatNumber, formatSeconds } from './format.js';
import { recordingText } from './camera/recording-words.js';
import { inputText } from './input-text.js';
import { codecName, isSilent } from './playable.js';
import type { Playing } from './live/way.js';
import type { Channel, Status, Stream } from './status.js';
import { t, word } from './text.js';

type Row = readonly [label: string, value: string];

function size({ video }: Stream): string {
    const turned = video?.rotation ? `, ${t('turned', { degrees: video.rotation })}` : '';
    return video ? `${video.width} × ${video.height}${turned}` : t('unknown');
}

function subText(sub: Stream): string {
    return sub.state === 'running' ? `${size(sub)}, ${formatBitrate(sub.bitrate)}` : word('input', sub.state);
}

/** What the source has and nobody sees or hears. */
function omittedRows({ omitted }: Stream): Row[] {
    const video = omitted.video === undefined ? [] : [t('omittedVideo', { coding: omitted.video })];
    const audio = omitted.audio === undefined ? [] : [t('omittedAudio', { coding: omitted.audio })];
    const all = [...video, ...audio];
    return all.length === 0 ? [] : [[t('omitted'), all.join(', ')]];
}

function codecsText({ video, audio }: Channel): string {
    const codecs = [video?.codec, audio].filter((codec) => codec !== undefined && codec !== '').map((codec) => codecName(codec ?? ''));
    const silent = isSilent(video?.codec, audio) ? ` (${t('silent')})` : '';
    return `${codecs.join(', ') || t('unknown')}${silent}`;
}

/** For everybody. */
function mainRows(channel: Channel, delay: number | undefined, mode: string | undefined, nowMs: number | undefined): Row[] {
    return [
        [t('input'), inputText(channel)],
        ...(channel.tls === undefined ? [] : [[t('tls'), word('tls', channel.tls)] as const]),
        [t('recording'), recordingText(channel, mode, nowMs)],
        [t('resolution'), size(channel)],
        ...omittedRows(channel),
        [t('viewers'), formatNumber(channel.viewers, 0)],
        [t('delay'), formatSeconds(delay)],
    ];
}

/** Which way the picture comes, and how it fares. */
function wayRows(playing: Playing | undefined): Row[] {
    if (playing === undefined) {
        return [];
    }
    if (playing.by === 'hls') {
        const { why } = playing;
        const words = 'message' in why && why.message !== '' ? ` (${why.message})` : '';
        return [[t('way'), t('wayHls', { why: `${word('whyHls', why.kind)}${words}` })]];
    }
    const { relayed, rttUs, lossPpm, rate, aheadMs } = playing;
    return [
        [t('way'), t(relayed === true ? 'wayRelayed' : 'wayDirect')],
        [t('roundTrip'), rttUs === 0 ? t('unknown') : t('milliseconds', { value: formatNumber(rttUs / 1000, 1) })],
        [t('arriving'), formatBitrate(rate)],
        [t('packetLoss'), lossPpm === undefined ? t('unknown') : t('percent', { value: formatNumber(lossPpm / 10_000, 2) })],
        [t('buffered'), t('milliseconds', { value: formatNumber(aheadMs, 0) })],
    ];
}

/** For engineers: streams and losses. */
function streamRows(channel: Channel): Row[] {
    const { video, latency, sub } = channel;
    return [
        [t('fps'), formatNumber(video?.fps, 2)],
        [t('bitrate'), formatBitrate(channel.bitrate)],
        [t('gop'), channel.gopMs === undefined ? t('unknown') : t('seconds', { value: formatNumber(channel.gopMs / 1000, 2) })],
        [t('codecs'), codecsText(channel)],
        ...(sub ? [[t('subStream'), subText(sub)] as const] : []),
        [t('latency'), latency ? t('milliseconds', { value: formatNumber(latency.p99 / 1000, 2) }) : t('unknown')],
        [t('losses'), t('lossesText', { dropped: channel.dropped ?? 0, losses: channel.sourceLosses ?? 0 })],
    ];
}

function deviceRows(status: Status): Row[] {
    return [
        [t('uptime'), formatDuration(status.uptimeMs)],
        [t('generation'), status.generation === undefined ? t('unknown') : t('generationText', { generation: status.generation })],
        ...(status.lastEnd === '' ? [] : [[t('lastEnd'), status.lastEnd] as const]),
        ...(status.leftOut.length === 0 ? [] : [[t('leftOut'), t('leftOutText', { services: status.leftOut.join(', ') })] as const]),
        [t('clock'), word('clock', status.clock?.quality ?? '')],
        [t('version'), status.version || t('unknown')],
    ];
}

/** Rows of a list whose labels seldom change. */
class Rows {
    readonly element = el('dl');
    #labels = '';

    show(rows: readonly Row[]): void {
        const labels = rows.map(([label]) => label).join('\n');
        if (labels !== this.#labels) {
            this.#labels = labels;
            put(this.element, ...rows.flatMap(([label]) => [el('dt', {}, label), el('dd')]));
        }
        this.element.querySelectorAll('dd').forEach((cell, index) => {
            setText(cell, rows[index]?.[1] ?? '');
        });
    }
}

/** The state of a channel, with the figures for engineers folded. */
export class StateTable {
    readonly element = el('div', { class: 'state' });
    readonly #main = new Rows();
    readonly #details = new Rows();

    constructor() {
        put(this.element, this.#main.element, el('details', {}, el('summary', {}, t('technical')), this.#details.element));
    }

    /** picture: what is shown of the channel; mode: when it is recorded, undefined: not known. */
    show(status: Status, channel: Channel | undefined, picture: { readonly delay: number | undefined; readonly playing: Playing | undefined }, mode: string | undefined): void {
        this.#main.show(channel ? mainRows(channel, picture.delay, mode, status.clock?.nowMs) : []);
        this.#main.element.hidden = channel === undefined;
        this.#details.show([...(channel ? [...wayRows(picture.playing), ...streamRows(channel)] : []), ...deviceRows(status)]);
    }
}
