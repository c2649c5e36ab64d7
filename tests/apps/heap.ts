/** Keeps everything until the memory cap is reached, and would catch what it could. */
import { misbehave } from 'ocellus/test/apps/misbehave';

void misbehave(() => {
    const kept: unknown[] = [];
    try {
        for (;;) {
            kept.push({ number: [kept.length], text: `text ${kept.length}` });
        }
    } catch {
        console.error('exhaustion was caught');
    }
});
