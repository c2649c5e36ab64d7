import { el, put, setText } from './dom.js';
import { formatBitrate, formatDuration, formatNumber, formatSeconds } from './format.js';
import { codecName } from './playable.js';
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

function channelRows(channel: Channel, delay: number | undefined): Row[] {
    const { video, audio, lateness, sub } = channel;
    const codecs = [video?.codec, audio].filter((codec) => codec !== undefined && codec !== '').map((codec) => codecName(codec ?? ''));
    // HLS has no G.711, so a picture of another kind than JPEG is silent
    const silent = video !== undefined && video.codec !== 'mjpeg' && (audio === 'pcma' || audio === 'pcmu') ? ` (${t('silent')})` : '';
    const recording = channel.recordingFailing ? t('recordingFailing') : t(channel.recording ? 'on' : 'off');
    return [
        [t('input'), word('input', channel.state)],
        ...(channel.tls === undefined ? [] : [[t('tls'), word('tls', channel.tls)] as const]),
        [t('resolution'), size(channel)],
        [t('fps'), formatNumber(video?.fps, 2)],
        [t('bitrate'), formatBitrate(channel.bitrate)],
        [t('gop'), channel.gopMs === undefined ? t('unknown') : t('seconds', { value: formatNumber(channel.gopMs / 1000, 2) })],
        [t('codecs'), `${codecs.join(', ') || t('unknown')}${silent}`],
        ...omittedRows(channel),
        ...(sub ? [[t('subStream'), subText(sub)] as const] : []),
        [t('recording'), recording],
        [t('lateness'), lateness ? t('milliseconds', { value: formatNumber(lateness.p99 / 1000, 2) }) : t('unknown')],
        [t('losses'), t('lossesText', { dropped: channel.dropped ?? 0, losses: channel.sourceLosses ?? 0 })],
        [t('viewers'), formatNumber(channel.viewers, 0)],
        [t('delay'), formatSeconds(delay)],
    ];
}

function deviceRows(status: Status): Row[] {
    return [
        [t('uptime'), formatDuration(status.uptimeMs)],
        [t('generation'), status.generation === undefined ? t('unknown') : t('generationText', { generation: status.generation })],
        ...(status.lastEnd === '' ? [] : [[t('lastEnd'), status.lastEnd] as const]),
        [t('clock'), word('clock', status.clock?.quality ?? '')],
        [t('version'), status.version || t('unknown')],
    ];
}

/** The table of what the channel and the device do. */
export class StateTable {
    readonly element = el('dl');
    #labels = '';

    show(status: Status, channel: Channel | undefined, delay: number | undefined): void {
        const rows = [...(channel ? channelRows(channel, delay) : []), ...deviceRows(status)];
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
