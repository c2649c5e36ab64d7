/** Small pictures on buttons, drawn: no font has to know them. */
const paths = {
    before: 'M10.5 2.5L5 8l5.5 5.5',
    next: 'M5.5 2.5L11 8l-5.5 5.5',
    stepBack: 'M11 3L5 8l6 5zM3.5 3v10',
    stepOn: 'M5 3l6 5l-6 5zM12.5 3v10',
    loud: 'M2.5 6v4h2.5l4 3V3L5 6zM11 5.5a3.5 3.5 0 0 1 0 5M12.5 3.5a6 6 0 0 1 0 9',
    silent: 'M2.5 6v4h2.5l4 3V3L5 6zM11 6l4 4M15 6l-4 4',
    full: 'M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4',
    less: 'M3 8h10',
    more: 'M3 8h10M8 3v10',
    whole: 'M2 4v8M14 4v8M4 8h8M6 6L4 8l2 2M10 6l2 2l-2 2',
    kept: 'M3.5 7.5h9v6.5h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5',
    free: 'M3.5 7.5h9v6.5h-9zM5.5 7.5V4.5a2.5 2.5 0 0 1 4.700-1.200',
} as const;

/** An element of SVG from a path in a box of 16 by 16; nothing for a screen reader. */
export function drawing(path: string, name: string): { readonly icon: SVGElement; readonly path: SVGElement } {
    const space = 'http://www.w3.org/2000/svg';
    const icon = document.createElementNS(space, 'svg');
    icon.setAttribute('viewBox', '0 0 16 16');
    icon.setAttribute('class', name);
    icon.setAttribute('aria-hidden', 'true');
    const shape = document.createElementNS(space, 'path');
    shape.setAttribute('d', path);
    icon.append(shape);
    return { icon, path: shape };
}

/** A sign in the colour of the text. */
export function sign(name: keyof typeof paths): SVGElement {
    return drawing(paths[name], name === 'kept' ? 'sign full' : 'sign').icon;
}
