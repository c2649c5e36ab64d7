// Hands the samples of the microphone on, 128 at a time. A file of its own: the policy of the page allows no blob:.
registerProcessor(
    'talk',
    class extends AudioWorkletProcessor {
        process([input]) {
            const [samples] = input ?? [];
            if (samples !== undefined) {
                this.port.postMessage(samples.slice());
            }
            return true;
        }
    },
);
