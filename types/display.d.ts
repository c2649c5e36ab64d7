/** Of the Moddable SDK: what the panel of the simulator draws with. Only what is used, stricter than the SDK's own typings, which hosts/sim/manifest.json leaves out. */

declare module 'commodetto/Poco' {
    /** A font made by `parseBMF`. */
    export interface Font {
        readonly height: number;
    }
    export default class Poco {
        constructor(screen: object, options?: { displayListLength?: number });
        readonly width: number;
        readonly height: number;
        begin(x: number, y: number, width: number, height: number): void;
        end(): void;
        makeColor(red: number, green: number, blue: number): number;
        fillRectangle(colour: number, x: number, y: number, width: number, height: number): void;
        drawText(text: string, font: Font, colour: number, x: number, y: number): void;
        getTextWidth(text: string, font: Font): number;
    }
}

declare module 'commodetto/parseBMF' {
    import type { Font } from 'commodetto/Poco';
    export default function parseBMF(data: object): Font;
}

declare module 'Resource' {
    export default class Resource {
        constructor(path: string);
    }
}
