// Flash and beep of the test picture as a browser shows and sounds them.

/**
 * How much later the beep is heard than the flash is seen, in ms, for each full second, of several elements at the same
 * time. The elements' sound goes through one WebAudio context, whose clock is brought to that of the pictures by
 * getOutputTimestamp. A browser does not make up for the delay of that context, nor for a busy machine: compare with an
 * element that plays a file whose flash and beep are together (`reference` in site.mjs).
 * @param {import('playwright-core').Page} page of playerSite, with players that are not muted
 * @param {number} ms
 * @param {readonly string[]} ids of the elements
 * @returns {Promise<number[][]>} of each of them
 */
export function heardAfterSeen(page, ms, ids) {
    return page.evaluate(
        async ({ time, names }) => {
            /** An element has one source node for its life. @type {{ context: AudioContext, nodes: Map<string, AudioWorkletNode> }} */
            const tap = Reflect.get(window, 'tap') ?? { context: new AudioContext(), nodes: new Map() };
            Reflect.set(window, 'tap', tap);
            const { context, nodes } = tap;
            if (nodes.size === 0) {
                await context.audioWorklet.addModule('/onset.js');
                await context.resume();
            }
            const videoOf = (/** @type {string} */ name) => /** @type {HTMLVideoElement} */ (document.querySelector(`#${name}`));
            const watched = names.map((name) => {
                let node = nodes.get(name);
                if (!node) {
                    node = new AudioWorkletNode(context, 'onset');
                    context.createMediaElementSource(videoOf(name)).connect(node).connect(context.destination);
                    nodes.set(name, node);
                }
                /** @type {number[]} */
                const beeps = [];
                /** @type {number[]} */
                const flashes = [];
                node.port.onmessage = ({ data }) => {
                    const { contextTime = 0, performanceTime = 0 } = context.getOutputTimestamp();
                    beeps.push(performanceTime + (data - contextTime) * 1000);
                };
                const video = videoOf(name);
                const canvas = document.createElement('canvas');
                canvas.width = 160;
                canvas.height = 90;
                const picture = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
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
                return { beeps, flashes };
            });
            await new Promise((resolve) => setTimeout(resolve, time));
            return watched.map(({ beeps, flashes }) =>
                flashes.flatMap((flash) => {
                    const beep = beeps.find((at) => Math.abs(at - flash) < 400);
                    return beep === undefined ? [] : [beep - flash];
                }),
            );
        },
        { time: ms, names: ids },
    );
}
