/** Signs of the rooms, drawn in a box of 24 by 24; nothing for a screen reader. */
const paths = {
    live: 'M3 7h12v10H3zM15 10.5l6-3.5v10l-6-3.5',
    recordings: 'M12 4a8 8 0 1 1-7.5 5.2M4 4.5v5h5M12 8v4.5l3 2',
    log: 'M8 6h13M8 12h13M8 18h13M3.5 6h.01M3.5 12h.01M3.5 18h.01',
    settings: 'M4 7h9M19 7h1M4 17h1M11 17h9M13 7a3 3 0 1 0 6 0a3 3 0 1 0-6 0M5 17a3 3 0 1 0 6 0a3 3 0 1 0-6 0',
    update: 'M12 20V8M7 12.5L12 7.5l5 5M5 3.5h14',
    access: 'M8 15.5a4 4 0 1 1 0-8a4 4 0 0 1 4 4h9v3.5M17 11.5v3.5',
    panel: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
} as const;

/** The sign of a room. */
export function roomIcon(room: keyof typeof paths): SVGElement {
    const space = 'http://www.w3.org/2000/svg';
    const icon = document.createElementNS(space, 'svg');
    icon.setAttribute('viewBox', '0 0 24 24');
    icon.setAttribute('aria-hidden', 'true');
    const path = document.createElementNS(space, 'path');
    path.setAttribute('d', paths[room]);
    icon.append(path);
    return icon;
}
