/** A QR code as SVG. Loaded when one is shown: the library comes with it. */
import qrcode from 'qrcode-generator';

const space = 'http://www.w3.org/2000/svg';
/** Quiet modules around it (ISO/IEC 18004). */
const margin = 4;

/** The code of a text, dark on white whatever the colours of the page are; name: for screen readers. */
export function drawQr(text: string, name: string): SVGSVGElement {
    const code = qrcode(0, 'M');
    code.addData(text);
    code.make();
    const count = code.getModuleCount();
    const size = count + 2 * margin;
    const dark: string[] = [];
    for (let row = 0; row < count; row++) {
        for (let column = 0; column < count; column++) {
            if (code.isDark(row, column)) {
                dark.push(`M${column + margin} ${row + margin}h1v1h-1z`);
            }
        }
    }
    const svg = document.createElementNS(space, 'svg');
    const attributes = { viewBox: `0 0 ${size} ${size}`, role: 'img', 'aria-label': name, class: 'qr', 'shape-rendering': 'crispEdges' };
    for (const [key, value] of Object.entries(attributes)) {
        svg.setAttribute(key, value);
    }
    for (const [d, fill] of [[`M0 0h${size}v${size}h-${size}z`, '#fff'], [dark.join(''), '#000']] as const) {
        const path = document.createElementNS(space, 'path');
        path.setAttribute('d', d);
        path.setAttribute('fill', fill);
        svg.append(path);
    }
    return svg;
}
