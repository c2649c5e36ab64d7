import type { Channel, Status } from './api.js';
import { el, put, setText } from './dom.js';
import { formatBitrate, formatDuration, formatNumber } from './format.js';
import { strings } from './strings.js';

type Row = readonly [label: string, value: string];

function channelRows(channel: Channel, delay: number | undefined): Row[] {
    const { video } = channel;
    const codecs = [video?.codec, channel.audio].filter((codec) => codec !== undefined && codec !== '');
    return [
        [strings.input, strings.inputState[channel.state] ?? channel.state],
        [strings.resolution, video ? `${video.width} × ${video.height}` : strings.unknown],
        [strings.fps, formatNumber(video?.fps, 2)],
        [strings.bitrate, formatBitrate(channel.bitrate)],
        [strings.gop, channel.gopMs === undefined ? strings.unknown : strings.seconds(formatNumber(channel.gopMs / 1000, 2))],
        [strings.codecs, codecs.join(', ') || strings.unknown],
        [strings.recording, channel.recording ? strings.recordingOn : strings.recordingOff],
        [strings.delay, delay === undefined ? strings.unknown : strings.seconds(delay.toFixed(1))],
    ];
}

/** The table of what the channel and the device do. */
export class StateTable {
    readonly element = el('dl');
    #labels = '';

    show(status: Status, channel: Channel | undefined, delay: number | undefined): void {
        const rows: Row[] = [
            ...(channel ? channelRows(channel, delay) : []),
            [strings.uptime, formatDuration(status.uptimeMs)],
            [strings.generation, status.generation === undefined ? strings.unknown : strings.generationText(status.generation)],
            [strings.version, status.version || strings.unknown],
        ];
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
