/** The SDK's own machine: starts the program, and a panel where there is a screen. Applications have machines of their own. */
import { Panel } from 'ocellus/panel';
import { sim } from 'ocellus/sim';

/** Milliseconds between two looks at the program. */
const lookMs = 200;

/** The screen as the SDK's simulator has it. */
interface Display {
    /** Whose functions are called. */
    context: object;
    /** Calls `onIdle` once, so many milliseconds later. */
    start(delayMs: number): void;
    stop(): void;
}

declare const screen: Display;

/** Nothing is shown before there is a panel; `quit` works from the beginning. */
class Context {
    #panel: Panel | undefined;

    show(): void {
        this.#panel = new Panel(screen);
        this.onIdle();
    }
    onIdle(): void {
        this.#panel?.update();
        screen.start(lookMs);
    }
    onTouchBegan(_id: number, x: number, y: number): void {
        this.#panel?.press(x, y);
    }
    onTouchEnded(): void {
        this.#panel?.release();
    }
    onTouchCancelled(): void {
        this.#panel?.release();
    }
    /** The simulator closes or loads another build: recordings are finished, nothing of this one may stay. */
    onQuit(): void {
        screen.stop();
        sim.stop();
    }
}

/** Called by the SDK. */
export default function main(): void {
    const context = new Context();
    screen.context = context;
    sim.start();
    if (!sim.headless()) {
        context.show();
    }
}
