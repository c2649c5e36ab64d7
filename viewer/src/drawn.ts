/** Pictures that come as bytes: the policies of our pages allow no address that is made of them. */
import { el, put } from './dom.js';

/** Draws one in place of what a holder has; bytes that are no picture change nothing. */
export async function drawn(holder: HTMLElement, bytes: Blob): Promise<void> {
    try {
        const image = await createImageBitmap(bytes);
        const canvas = el('canvas', { width: String(image.width), height: String(image.height), 'aria-hidden': 'true' });
        canvas.getContext('2d')?.drawImage(image, 0, 0);
        image.close();
        put(holder, canvas);
        holder.classList.remove('none');
    } catch {
        // it stays as it is
    }
}
