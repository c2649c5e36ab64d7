/** Zones drawn on the picture of a camera, by mouse, touch and keyboard. */
import { address } from './api.js';
import { el, put } from './dom.js';
import { t } from './text.js';
import { type Corner, cornersMax, moved, newZone, parseZones, withCorner, type Zone, zonesMax, zonesText } from './zones.js';

const space = 'http://www.w3.org/2000/svg';

/** Tells of changes by the event `input` of its element. */
export class ZoneEditor {
    readonly element: HTMLElement;
    readonly #stage: HTMLElement;
    readonly #shapes = document.createElementNS(space, 'svg');
    readonly #corners = el('div', { class: 'corners' });
    readonly #list = el('div', { class: 'lines' });
    readonly #add: HTMLButtonElement;
    readonly #fixed: boolean;
    #zones: readonly Zone[];

    /** label: id of what names it. channel: whose picture lies below; empty: of none yet. */
    constructor(label: string, value: unknown, fixed: boolean, channel: string) {
        this.#fixed = fixed;
        this.#zones = parseZones(typeof value === 'string' ? value : '');
        this.#shapes.setAttribute('viewBox', '0 0 100 100');
        this.#shapes.setAttribute('preserveAspectRatio', 'none');
        this.#shapes.setAttribute('aria-hidden', 'true');
        const image = el('img', { alt: '', error: () => image.remove(), load: () => this.#fit(image) });
        this.#stage = el('div', { class: 'zone-stage' }, image, this.#shapes, this.#corners);
        this.#add = el('button', { type: 'button', click: () => this.#change([...this.#zones, newZone(this.#zones.length)]) }, t('zoneAdd'));
        this.element = el('div', { role: 'group', 'aria-labelledby': label, class: 'zone-editor' }, this.#stage, this.#list, this.#add);
        // the picture is asked for when it is seen: settings are folded
        new IntersectionObserver((entries, seen) => {
            if (channel !== '' && entries.some(({ isIntersecting }) => isIntersecting)) {
                seen.disconnect();
                image.src = address(`/snapshot/${encodeURIComponent(channel)}.jpg`);
            }
        }).observe(this.#stage);
        this.#draw();
    }

    /** As the device takes it; empty: everywhere. */
    read(): string {
        return zonesText(this.#zones);
    }

    focus(): void {
        (this.#corners.querySelector('button') ?? this.#add).focus();
    }

    #fit({ naturalWidth, naturalHeight }: HTMLImageElement): void {
        if (naturalWidth > 0) {
            this.#stage.style.aspectRatio = `${naturalWidth} / ${naturalHeight}`;
        }
    }

    #change(zones: readonly Zone[]): void {
        this.#zones = zones;
        this.#draw();
        this.element.dispatchEvent(new Event('input'));
    }

    #set(index: number, zone: Zone): void {
        this.#change(this.#zones.map((one, n) => (n === index ? zone : one)));
    }

    #draw(): void {
        this.#paint();
        put(this.#corners, ...this.#zones.flatMap((zone, index) => zone.map((_, corner) => this.#corner(index, corner))));
        put(this.#list, ...(this.#zones.length === 0 ? [el('p', { class: 'hint' }, t('zoneNone'))] : this.#zones.map((zone, index) => this.#row(zone, index))));
        this.#add.disabled = this.#fixed || this.#zones.length >= zonesMax;
    }

    /** The polygons alone: corners that are held stay the same elements. */
    #paint(): void {
        const shapes = this.#zones.map((zone) => {
            const shape = document.createElementNS(space, 'polygon');
            shape.setAttribute('points', zone.map((corner) => corner.join(',')).join(' '));
            return shape;
        });
        this.#shapes.replaceChildren(...shapes);
    }

    #row(zone: Zone, index: number): HTMLElement {
        const name = t('zoneName', { number: index + 1 });
        const more = (): void => {
            this.#set(index, withCorner(zone));
            this.#corners.querySelector<HTMLElement>(`[data-zone="${index}"]`)?.focus();
        };
        const remove = (): void => {
            this.#change(this.#zones.filter((_, n) => n !== index));
            this.#add.focus();
        };
        return el(
            'div',
            { class: 'period' },
            el('span', {}, name),
            el('button', { type: 'button', disabled: this.#fixed || zone.length >= cornersMax, 'aria-label': `${name}: ${t('zoneCorner')}`, click: more }, t('zoneCorner')),
            el('button', { type: 'button', disabled: this.#fixed, 'aria-label': `${name}: ${t('zoneRemove')}`, click: remove }, t('zoneRemove')),
        );
    }

    #corner(index: number, corner: number): HTMLElement {
        const handle = el('button', { type: 'button', class: 'corner', disabled: this.#fixed, 'data-zone': String(index) });
        const place = (): void => {
            const [x, y] = this.#zones[index]?.[corner] ?? [0, 0];
            handle.style.left = `${x}%`;
            handle.style.top = `${y}%`;
            handle.setAttribute('aria-label', t('zoneCornerAt', { zone: index + 1, corner: corner + 1, x, y }));
        };
        const move = (to: Corner): void => {
            const zone = this.#zones[index];
            if (zone) {
                this.#zones = this.#zones.map((one, n) => (n === index ? moved(zone, corner, to) : one));
                place();
                this.#paint();
                this.element.dispatchEvent(new Event('input'));
            }
        };
        const drag = (event: PointerEvent): void => {
            if (handle.hasPointerCapture(event.pointerId)) {
                const box = this.#stage.getBoundingClientRect();
                move([((event.clientX - box.left) / box.width) * 100, ((event.clientY - box.top) / box.height) * 100]);
            }
        };
        handle.addEventListener('pointerdown', (event) => handle.setPointerCapture(event.pointerId));
        handle.addEventListener('pointermove', drag);
        handle.addEventListener('keydown', (event) => {
            const [x, y] = this.#zones[index]?.[corner] ?? [0, 0];
            const step = event.shiftKey ? 10 : 1;
            const ways: Readonly<Record<string, Corner>> = { ArrowLeft: [x - step, y], ArrowRight: [x + step, y], ArrowUp: [x, y - step], ArrowDown: [x, y + step] };
            const to = ways[event.key];
            if (to) {
                event.preventDefault();
                move(to);
            } else if (event.key === 'Delete' && (this.#zones[index]?.length ?? 0) > 3) {
                this.#set(index, this.#zones[index]?.filter((_, n) => n !== corner) ?? []);
                this.focus();
            }
        });
        place();
        return handle;
    }
}
