/** The microphone of this browser, with its echo cancellation. */
import type { Microphone, MicrophoneEvents } from './talk.js';

/** Where the worklet is; Vite makes it a file of its own. */
const worklet = new URL('./talk-worklet.js', import.meta.url);

/** Opens it; the browser may ask the person first. Rejects with the browser's DOMException when that is refused. */
export async function openMicrophone(events: MicrophoneEvents): Promise<Microphone> {
    const stream = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
    const context = new AudioContext();
    const close = (): void => {
        for (const track of stream.getTracks()) {
            track.stop();
        }
        void context.close();
    };
    try {
        await context.audioWorklet.addModule(worklet);
        const node = new AudioWorkletNode(context, 'talk', { numberOfOutputs: 0, channelCount: 1 });
        node.port.onmessage = ({ data }: MessageEvent<Float32Array>) => events.onSamples(data);
        context.createMediaStreamSource(stream).connect(node);
        await context.resume();
    } catch (error) {
        close();
        throw error;
    }
    for (const track of stream.getTracks()) {
        track.onended = () => events.onTaken();
        track.onmute = () => events.onTaken(); // a phone call
    }
    return { rate: context.sampleRate, close };
}
