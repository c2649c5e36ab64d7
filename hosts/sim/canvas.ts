/** Rectangles, discs and lines of text on the SDK's renderer, in the colours of the panel. */
import Poco, { type Font } from 'commodetto/Poco';
import parseBMF from 'commodetto/parseBMF';
import Resource from 'Resource';

/** Pixels, from the left upper corner. */
export interface Box {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
}

const palette = {
    ground: [16, 20, 24],
    card: [30, 37, 45],
    key: [52, 64, 78],
    text: [236, 240, 244],
    dim: [150, 164, 180],
    good: [70, 208, 120],
    watched: [86, 172, 255],
    warn: [244, 180, 60],
    bad: [240, 96, 90],
} as const;

/** One of the panel's colours. */
export type Colour = keyof typeof palette;

/** Where the text of a line stands in its box. */
export type Align = 'left' | 'middle' | 'right';

/** A screen to draw on, between `begin` and `end`. */
export class Canvas {
    readonly width: number;
    readonly height: number;
    /** Pixels from line to line. */
    readonly lineHeight: number;
    readonly #poco: Poco;
    readonly #fonts: { readonly plain: Font; readonly bold: Font };
    readonly #colours: Record<Colour, number>;

    constructor(screen: object) {
        this.#poco = new Poco(screen, { displayListLength: 32_768 });
        this.width = this.#poco.width;
        this.height = this.#poco.height;
        this.#fonts = {
            plain: parseBMF(new Resource('OpenSans-Regular-16.bf4')),
            bold: parseBMF(new Resource('OpenSans-Semibold-16.bf4')),
        };
        this.lineHeight = this.#fonts.plain.height;
        const colour = (name: Colour): number => {
            const [red, green, blue] = palette[name];
            return this.#poco.makeColor(red, green, blue);
        };
        this.#colours = {
            ground: colour('ground'),
            card: colour('card'),
            key: colour('key'),
            text: colour('text'),
            dim: colour('dim'),
            good: colour('good'),
            watched: colour('watched'),
            warn: colour('warn'),
            bad: colour('bad'),
        };
    }

    /** Draws everything anew, with `paint`. */
    draw(paint: () => void): void {
        this.#poco.begin(0, 0, this.width, this.height);
        this.#poco.fillRectangle(this.#colours.ground, 0, 0, this.width, this.height);
        paint();
        this.#poco.end();
    }

    /** A filled box with corners taken off. */
    box({ x, y, width, height }: Box, colour: Colour): void {
        const fill = this.#colours[colour];
        this.#poco.fillRectangle(fill, x + 2, y, width - 4, height);
        this.#poco.fillRectangle(fill, x + 1, y + 1, width - 2, height - 2);
        this.#poco.fillRectangle(fill, x, y + 2, width, height - 4);
    }

    /** A disc around a point. */
    disc(x: number, y: number, radius: number, colour: Colour): void {
        for (let dy = -radius; dy <= radius; dy++) {
            const half = Math.round(Math.sqrt((radius + 0.4) ** 2 - dy * dy));
            this.#poco.fillRectangle(this.#colours[colour], x - half, y + dy, half * 2 + 1, 1);
        }
    }

    /** Pixels that a text takes. */
    widthOf(text: string, bold: boolean): number {
        return this.#poco.getTextWidth(text, this.#font(bold));
    }

    /** One line, cut to the box and centred in its height. */
    text(text: string, box: Box, options: { colour: Colour; bold?: boolean; align?: Align }): void {
        const bold = options.bold === true;
        const line = this.#cut(text, box.width, bold);
        const free = box.width - this.widthOf(line, bold);
        const shift = options.align === 'right' ? free : options.align === 'middle' ? free >> 1 : 0;
        const y = box.y + ((box.height - this.#font(bold).height) >> 1);
        this.#poco.drawText(line, this.#font(bold), this.#colours[options.colour], box.x + shift, y);
    }

    /** A text in lines, broken between words; what does not fit into the box is left out. */
    paragraph(text: string, box: Box, colour: Colour): void {
        const lines = this.#lines(text, box.width);
        const shown = Math.min(lines.length, Math.floor(box.height / this.lineHeight));
        for (let index = 0; index < shown; index++) {
            const y = box.y + index * this.lineHeight;
            this.text(lines[index] ?? '', { ...box, y, height: this.lineHeight }, { colour });
        }
    }

    /** A word that is wider than a line, such as a path, is broken anywhere. */
    #lines(text: string, width: number): string[] {
        const lines: string[] = [];
        let line = '';
        for (const part of text.split(/(?<= )/)) {
            if (line !== '' && this.widthOf(line + part.trimEnd(), false) > width) {
                lines.push(line);
                line = '';
            }
            line += part;
            while (this.widthOf(line.trimEnd(), false) > width) {
                let end = line.length - 1;
                while (end > 1 && this.widthOf(line.slice(0, end), false) > width) {
                    end--;
                }
                lines.push(line.slice(0, end));
                line = line.slice(end);
            }
        }
        return [...lines, line].map((each) => each.trimEnd());
    }

    #font(bold: boolean): Font {
        return bold ? this.#fonts.bold : this.#fonts.plain;
    }

    #cut(text: string, width: number, bold: boolean): string {
        if (this.widthOf(text, bold) <= width) {
            return text;
        }
        let end = text.length;
        while (end > 0 && this.widthOf(`${text.slice(0, end)}...`, bold) > width) {
            end--;
        }
        return `${text.slice(0, end)}...`;
    }
}
