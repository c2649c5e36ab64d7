/** The command `ptz`: what a viewer wants of a movable camera, for the application that moves it. Pure. */
import type { OwnCommand } from 'ocellus/app/commands/command-table';
import type { JsonObject } from 'ocellus/app/config/json';
import { channelOf } from 'ocellus/app/p2p/choose';
import { OcellusError } from 'ocellus/error';
import type { ChannelRow } from 'ocellus/plane';

/** One movement of the camera behind a channel. */
export type PtzMove = { readonly channel: string } & (
    | {
          readonly kind: 'move';
          /** Percent of the highest speed, -100 to 100: left to right, down to up, wide to near; 0: not. */
          readonly pan: number;
          readonly tilt: number;
          readonly zoom: number;
          /** It stops by itself after so long, 100 to 10,000: the next command may never come. */
          readonly milliseconds: number;
      }
    | { readonly kind: 'stop' }
    /** 1 to 255. */
    | { readonly kind: 'preset'; readonly preset: number }
);

/** Moves the camera. What it throws is read by whoever gave the command. */
export type PtzHandler = (move: PtzMove) => void | Promise<void>;

/** How long a movement lasts when nothing is given. */
const usualMs = 1000;

const speed = { type: 'whole', min: -100, max: 100 } as const;

function moveOf(channel: string, values: JsonObject): PtzMove {
    const { pan, tilt, zoom, milliseconds, stop, preset } = values;
    const moves = [pan, tilt, zoom].some((value) => value !== undefined);
    const kinds = [moves, stop === true, preset !== undefined].filter((there) => there).length;
    if (kinds !== 1 || (milliseconds !== undefined && !moves)) {
        throw new OcellusError('INVAL', 'ptz: one of a movement (pan, tilt, zoom), stop and preset is needed');
    }
    const speedOf = (value: unknown): number => Number(value ?? 0);
    if (moves) {
        const [right, up, near] = [speedOf(pan), speedOf(tilt), speedOf(zoom)];
        return {
            channel,
            kind: 'move',
            pan: right,
            tilt: up,
            zoom: near,
            milliseconds: Number(milliseconds ?? usualMs),
        };
    }
    return preset === undefined ? { channel, kind: 'stop' } : { channel, kind: 'preset', preset: Number(preset) };
}

/** `handler`: the application's; undefined: it moves nothing. */
export function ptzCommand(rows: () => readonly ChannelRow[], handler: () => PtzHandler | undefined): OwnCommand {
    return {
        meaning: 'Moves the camera, stops it, or moves it to a preset.',
        right: 'operate',
        arguments: {
            channel: { type: 'text', max: 31, required: true },
            pan: speed,
            tilt: speed,
            zoom: speed,
            milliseconds: { type: 'whole', min: 100, max: 10_000 },
            stop: { type: 'flag' },
            preset: { type: 'whole', min: 1, max: 255 },
        },
        run: async (values) => {
            const move = moveOf(channelOf(rows(), String(values['channel'])).name, values);
            const moves = handler();
            if (moves === undefined) {
                throw new OcellusError('NOTSUP', 'ptz: the application of this camera moves nothing');
            }
            await moves(move);
        },
    };
}
