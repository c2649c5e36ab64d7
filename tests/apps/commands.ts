/** The whole camera with commands of its own: one that takes long, one that fails, and a camera that moves. */
import { sleep } from 'ocellus/app/base/time';
import { start } from 'ocellus/app/system/application';

let moved = 'nothing';

void start({
    name: 'commands',
    started(app) {
        void app.command('wait', {
            meaning: 'Answers later.',
            right: 'watch',
            arguments: { milliseconds: { type: 'whole', min: 0, max: 20_000, required: true } },
            async run({ milliseconds }) {
                await sleep(milliseconds);
                return { milliseconds };
            },
        });
        void app.command('moved', {
            meaning: 'The last movement.',
            right: 'watch',
            run: () => ({ moved }),
        });
        void app.ptz((move) => {
            moved = JSON.stringify(move);
        });
    },
});
