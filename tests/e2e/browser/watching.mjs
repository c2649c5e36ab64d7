// What a page's video element shows over time: how old each picture is by its block code, and where it stood still.

/**
 * @typedef {object} Watched
 * @property {number[]} ages milliseconds from drawing the picture in the source to showing it here, by the block code
 * @property {number} waits events `waiting`: the element ran out of data
 * @property {number} jumps events `seeking`: the player gave up continuity
 * @property {number} longestMs longest time between two pictures shown
 * @property {number} seconds by which currentTime moved on
 * @property {number} pictures shown
 * @property {number} dropped by the browser, as it says
 */

/**
 * Looks at the video element for some time. Needs `readBlockCode` in the page (openPage puts it there).
 * @param {import('playwright-core').Page} page
 * @param {number} ms
 * @param {string} [selector]
 * @param {number} [every] so many pictures apart the code is read: it costs the page more than decoding does
 * @returns {Promise<Watched>}
 */
export function watch(page, ms, selector = 'video', every = 1) {
    return page.evaluate(
        ([time, which, apart]) =>
            new Promise((resolve) => {
                const video = /** @type {HTMLVideoElement} */ (document.querySelector(String(which)));
                const canvas = document.createElement('canvas');
                const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
                const reader = /** @type {typeof import('../../blockcode/blockcode.mjs').read} */ (Reflect.get(window, 'readBlockCode'));
                const begun = { time: video.currentTime, frames: video.getVideoPlaybackQuality() };
                const seen = { ages: /** @type {number[]} */ ([]), waits: 0, jumps: 0, longestMs: 0, pictures: 0 };
                let last = performance.now();
                let over = false;
                video.addEventListener('waiting', () => seen.waits++);
                video.addEventListener('seeking', () => seen.jumps++);
                /** @param {number} now @param {VideoFrameCallbackMetadata} about */
                const onPicture = (now, about) => {
                    if (over) {
                        return;
                    }
                    seen.longestMs = Math.max(seen.longestMs, now - last);
                    last = now;
                    seen.pictures++;
                    video.requestVideoFrameCallback(onPicture);
                    if (seen.pictures % Number(apart) !== 0) {
                        return;
                    }
                    canvas.width = video.videoWidth;
                    canvas.height = Math.ceil(video.videoWidth / 10); // the code is 4 of 40 cells high
                    context.drawImage(video, 0, 0);
                    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
                    const code = reader({ pixels: data, width, height, channels: 4 });
                    if (code) {
                        // when it is on the screen, against UTC modulo 2^32 when it was drawn
                        seen.ages.push((performance.timeOrigin + about.expectedDisplayTime - code.timeMs) % 2 ** 32);
                    }
                };
                video.requestVideoFrameCallback(onPicture);
                setTimeout(() => {
                    over = true;
                    const frames = video.getVideoPlaybackQuality();
                    seen.longestMs = Math.max(seen.longestMs, performance.now() - last);
                    resolve({ ...seen, seconds: video.currentTime - begun.time, dropped: frames.droppedVideoFrames - begun.frames.droppedVideoFrames });
                }, Number(time));
            }),
        [ms, selector, every],
    );
}

/** The value that so much of a list (0 to 1) is not above. @param {readonly number[]} list @param {number} q */
export function quantile(list, q) {
    const sorted = [...list].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
