// Flash and beep of the test picture as a browser shows and sounds them.

/**
 * How much later the beep is heard than the flash is seen, in ms, for each full second. The element's sound goes
 * through WebAudio, whose clock is brought to that of the pictures by getOutputTimestamp.
 * @param {import('playwright-core').Page} page of playerSite, with a player `v` that is not muted
 * @param {number} ms
 * @returns {Promise<number[]>}
 */
export function heardAfterSeen(page, ms) {
    return page.evaluate(async (time) => {
        const video = /** @type {HTMLVideoElement} */ (document.querySelector('#v'));
        /** An element has one source node for its life. @type {AudioWorkletNode | undefined} */
        let node = Reflect.get(video, 'onset');
        if (!node) {
            const made = new AudioContext();
            await made.audioWorklet.addModule('/onset.js');
            node = new AudioWorkletNode(made, 'onset');
            made.createMediaElementSource(video).connect(node).connect(made.destination);
            await made.resume();
            Reflect.set(video, 'onset', node);
        }
        const context = /** @type {AudioContext} */ (node.context);
        /** @type {number[]} */
        const beeps = [];
        node.port.onmessage = ({ data }) => {
            const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
            beeps.push(performanceTime + (data - contextTime) * 1000);
        };
        const canvas = document.createElement('canvas');
        canvas.width = 160;
        canvas.height = 90;
        const picture = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
        /** @type {number[]} */
        const flashes = [];
        let bright = true;
        /** @param {number} _now @param {VideoFrameCallbackMetadata} about */
        const onPicture = (_now, about) => {
            picture.drawImage(video, 0, 0, 160, 90);
            const now = (picture.getImageData(150, 5, 1, 1).data[1] ?? 0) > 128;
            if (now && !bright) {
                flashes.push(about.expectedDisplayTime);
            }
            bright = now;
            video.requestVideoFrameCallback(onPicture);
        };
        video.requestVideoFrameCallback(onPicture);
        await new Promise((resolve) => setTimeout(resolve, time));
        return flashes.flatMap((flash) => {
            const beep = beeps.find((at) => Math.abs(at - flash) < 400);
            return beep === undefined ? [] : [beep - flash];
        });
    }, ms);
}
