/** The panel of the simulator: how the camera stands, and keys for what it could notice. */
import { type Box, Canvas, type Colour } from 'ocellus/canvas';
import { ascii, channelText, led, privacyText } from 'ocellus/panel-text';
import { type Channel, channelsMax, inputs, type Status, sim } from 'ocellus/sim';

const gap = 4;
const headHeight = 26;
const keyHeight = 34;
/** Between keys and beside them; five in a line of 320 pixels leave no more. */
const keyGap = 2;
/** Of the disc, which is dark like a LED; and of its word. */
const ledColours: Record<string, Colour> = { off: 'key', on: 'good', watched: 'watched', private: 'key' };
const wordColours: Record<string, Colour> = { off: 'dim', on: 'good', watched: 'watched', private: 'warn' };
const ledWords: Record<string, string> = { off: 'sensor off', on: 'sensor on', watched: 'watched', private: 'private' };
const stateColours: Record<string, Colour> = { running: 'good', opening: 'warn', lost: 'bad', silent: 'bad' };

/** A key of the panel. */
interface Key extends Box {
    readonly label: string;
    /** Index into `inputs`; -1: starts the program again. */
    readonly input: number;
}

/** Keys in lines as wide as the screen, each as wide as its word needs and all of a line alike beyond that. */
function layKeys(canvas: Canvas): Key[] {
    const perLine = canvas.width >= 300 ? inputs.length : 3;
    const lines = Math.ceil(inputs.length / perLine);
    const keys: Key[] = [];
    for (let line = 0; line < lines; line++) {
        const words = inputs.slice(line * perLine, (line + 1) * perLine);
        const widths = words.map((word) => canvas.widthOf(word, true));
        const free = canvas.width - keyGap - widths.reduce((sum, width) => sum + width + keyGap, 0);
        let x = keyGap;
        words.forEach((label, index) => {
            const width = (widths[index] ?? 0) + Math.floor(free / words.length);
            const y = canvas.height - (lines - line) * (keyHeight + keyGap);
            keys.push({ label, input: line * perLine + index, x, y, width, height: keyHeight });
            x += width + keyGap;
        });
    }
    return keys;
}

/** One per screen. */
export class Panel {
    readonly #canvas: Canvas;
    readonly #keys: readonly Key[];
    readonly #again: Key;
    /** Wanted levels of the inputs, and those that were taken. */
    #wanted = inputs.map(() => false);
    #taken = inputs.map(() => false);
    #held: Key | undefined;
    #shown = '';

    constructor(screen: object) {
        this.#canvas = new Canvas(screen);
        this.#keys = layKeys(this.#canvas);
        const { width, height } = this.#canvas;
        this.#again = {
            label: 'start again',
            input: -1,
            x: gap,
            y: height - keyHeight - gap,
            width: width - 2 * gap,
            height: keyHeight,
        };
    }

    /** Looks at the program and draws what has changed; a few times a second. */
    update(): void {
        this.#raise();
        const status = sim.status();
        const channels: Channel[] = [];
        for (let number = 0; number < channelsMax; number++) {
            const channel = sim.channel(number);
            if (channel !== undefined) {
                channels.push(channel);
            }
        }
        const shown = JSON.stringify([status, channels, this.#wanted, this.#held?.input]);
        if (shown !== this.#shown) {
            this.#shown = shown;
            this.#canvas.draw(() => this.#paint(status, channels));
        }
    }

    /** A finger or the mouse comes down. */
    press(x: number, y: number): void {
        const keys = sim.status().running ? this.#keys : [this.#again];
        this.#held = keys.find((key) => x >= key.x && x < key.x + key.width && y >= key.y && y < key.y + key.height);
        const input = this.#held?.input ?? -1;
        if (input >= 0) {
            this.#wanted[input] = inputs[input] === 'privacy' ? !this.#wanted[input] : true;
        }
        this.update();
    }

    /** It goes up again, wherever. Privacy is a switch and stays. */
    release(): void {
        const held = this.#held;
        this.#held = undefined;
        if (held?.input === -1) {
            for (const [index, input] of inputs.entries()) {
                this.#wanted[index] = input === 'privacy' && this.#wanted[index] === true;
                this.#taken[index] = this.#wanted[index] === true; // the next start finds its switch as it stands
            }
            sim.start();
        } else if (held !== undefined && inputs[held.input] !== 'privacy') {
            this.#wanted[held.input] = false;
        }
        this.update();
    }

    /** What could not be handed over before is tried again. */
    #raise(): void {
        this.#wanted.forEach((raised, input) => {
            if (raised !== this.#taken[input] && sim.input(input, raised)) {
                this.#taken[input] = raised;
            }
        });
    }

    #paint(status: Status, channels: readonly Channel[]): void {
        this.#head(status);
        if (status.running) {
            const bottom = this.#keys[0]?.y ?? this.#canvas.height;
            this.#address(status, bottom - gap - this.#canvas.lineHeight);
            this.#channels(channels, bottom - 2 * gap - this.#canvas.lineHeight);
            if (channels.length === 0) {
                const { width, lineHeight } = this.#canvas;
                const line = { x: gap * 2, y: headHeight + gap, width: width - gap * 4, height: lineHeight };
                this.#canvas.text(privacyText(status), line, { colour: 'warn' });
            }
            for (const key of this.#keys) {
                this.#key(key, this.#wanted[key.input] === true ? 'warn' : 'key');
            }
        } else {
            this.#ended(status);
        }
    }

    #head(status: Status): void {
        const { width } = this.#canvas;
        const light = led(status);
        const left = { x: gap * 2, y: 0, width: width / 2, height: headHeight };
        this.#canvas.text('ocellus', left, { colour: 'text', bold: true });
        if (status.running) {
            const colour = wordColours[light] ?? 'dim';
            const word = ledWords[light] ?? '';
            const taken = this.#canvas.widthOf('ocellus ', true);
            const restarts = status.restarts > 0 ? `restarted ${status.restarts}x` : '';
            this.#canvas.text(restarts, { ...left, x: left.x + taken, width: width / 2 - taken }, { colour: 'warn' });
            this.#canvas.text(word, { ...left, x: width / 2, width: width / 2 - 24 }, { colour, align: 'right' });
            this.#canvas.disc(width - 13, headHeight >> 1, 6, ledColours[light] ?? 'key');
        }
    }

    #address(status: Status, y: number): void {
        const { width, lineHeight } = this.#canvas;
        const box = { x: gap * 2, y, width: width - gap * 4, height: lineHeight };
        const starting = status.url === '';
        this.#canvas.text(starting ? 'starting' : status.url, box, { colour: starting ? 'dim' : 'watched' });
    }

    /** Whole cards, or lines when there are too many for that. */
    #channels(channels: readonly Channel[], bottom: number): void {
        const line = this.#canvas.lineHeight;
        const whole = line * 3 + gap;
        const fits = (height: number): number => Math.floor((bottom - headHeight + gap) / (height + gap));
        const height = channels.length <= fits(whole) ? whole : line;
        const shown = channels.length <= fits(height) ? channels.length : fits(height) - 1;
        const box = (index: number): Box => {
            return { x: gap, y: headHeight + index * (height + gap), width: this.#canvas.width - 2 * gap, height };
        };
        channels.slice(0, shown).forEach((channel, index) => {
            this.#canvas.box(box(index), 'card');
            this.#card(channel, box(index), height === whole);
        });
        if (shown < channels.length) {
            this.#canvas.text(`and ${channels.length - shown} more`, box(shown), { colour: 'dim', align: 'middle' });
        }
    }

    #card(channel: Channel, card: Box, whole: boolean): void {
        const text = channelText(channel);
        const colour = stateColours[text.state] ?? 'dim';
        const height = this.#canvas.lineHeight;
        const line = (index: number): Box => {
            return {
                x: card.x + gap * 2,
                y: card.y + index * height + (whole ? 2 : 0),
                width: card.width - gap * 4,
                height,
            };
        };
        const first = line(0);
        this.#canvas.disc(first.x + 4, first.y + (height >> 1) + 1, 4, colour);
        const right = whole ? text.state : this.#canvas.width >= 300 ? `${text.frames}  ${text.rate}` : text.rate;
        const name = { ...first, x: first.x + 14, width: first.width - 14 - gap - this.#canvas.widthOf(right, false) };
        this.#canvas.text(text.name, name, { colour: 'text', bold: true });
        this.#canvas.text(right, first, { colour: whole ? colour : 'dim', align: 'right' });
        if (!whole) {
            return;
        }
        this.#canvas.text(`${text.size}${text.frames}  ${text.rate}`, line(1), { colour: 'text' });
        const outputs = channel.failing ? 'bad' : channel.recording ? 'text' : 'dim';
        const trouble = text.trouble === '' ? 0 : this.#canvas.widthOf(text.trouble, false) + gap;
        this.#canvas.text(text.outputs, { ...line(2), width: line(2).width - trouble }, { colour: outputs });
        this.#canvas.text(text.trouble, line(2), { colour: 'bad', align: 'right' });
    }

    #ended(status: Status): void {
        const { width, height, lineHeight } = this.#canvas;
        const card = {
            x: gap,
            y: headHeight,
            width: width - 2 * gap,
            height: height - headHeight - keyHeight - 3 * gap,
        };
        const inner = { x: card.x + gap * 2, y: card.y + gap * 2, width: card.width - gap * 4, height: lineHeight };
        this.#canvas.box(card, 'card');
        this.#canvas.text(`ended: ${status.code}`, inner, { colour: status.code === 0 ? 'good' : 'bad', bold: true });
        const rest = { ...inner, y: inner.y + lineHeight + gap, height: card.height - lineHeight - gap * 4 };
        this.#canvas.paragraph(ascii(status.message), rest, 'text');
        this.#key(this.#again, this.#held === this.#again ? 'warn' : 'key');
    }

    #key(key: Key, colour: Colour): void {
        this.#canvas.box(key, colour);
        this.#canvas.text(key.label, key, {
            colour: colour === 'warn' ? 'ground' : 'text',
            bold: true,
            align: 'middle',
        });
    }
}
