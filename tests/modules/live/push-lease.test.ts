import { isOver, keptLease, type LeaseClock, leaseOf, newLease, settled, used } from 'ocellus/app/live/push-lease';
import { assertEqual, test } from 'ocellus/test/harness';

const minute = 60_000;
/** A clock of a process that began at `begin` minutes. */
const at = (nowMinutes: number, begin = 0, isSet = true): LeaseClock => ({
    nowMs: (nowMinutes - begin) * minute,
    wallMs: isSet ? 1_800_000_000_000 + nowMinutes * minute : undefined,
});

test('[E7] the address is kept for an hour behind the last packet, not longer', () => {
    const lease = used(newLease(3), at(10).nowMs);
    assertEqual(isOver(lease, at(69)), false);
    assertEqual(isOver(lease, at(70)), false);
    assertEqual(isOver(lease, at(71)), true);
    assertEqual(isOver(used(lease, at(69).nowMs), at(128)), false);
    // nobody has watched it: nobody knows it
    assertEqual(isOver(newLease(3), at(10_000)), false);
});

test('[E7] also over an end of the program, though what is kept is a minute old', () => {
    for (const stale of [0, 1]) {
        const kept = keptLease(used(newLease(3), at(100 - stale).nowMs), at(100));
        for (const [back, expected] of [
            [159, false],
            [161.1, true],
        ] as const) {
            const begun = back - 0.1;
            const lease = leaseOf(kept, false, at(back, begun));
            assertEqual([back, stale, isOver(lease, at(back, begun))], [back, stale, expected]);
        }
    }
});

test('[E7] without a clock the time of the process counts, and from the clock on the truth', () => {
    const kept = keptLease(used(newLease(3), at(100).nowMs), at(100));
    const lease = leaseOf(kept, false, at(200, 199, false));
    assertEqual(isOver(lease, at(200, 199, false)), false);
    assertEqual(isOver(settled(lease, at(201, 199)), at(201, 199)), true);
    // it ran again before: nothing is unsure any more
    assertEqual(isOver(settled(used(lease, at(200.5, 199).nowMs), at(201, 199)), at(201, 199)), false);
    // kept without a clock: the hour begins with the process
    const blind = keptLease(used(newLease(3), at(100).nowMs), at(100, 0, false));
    assertEqual(blind.usedAt, 0);
    const later = leaseOf(blind, false, at(200, 199));
    assertEqual(
        [at(250, 199), at(261, 199)].map((clock) => isOver(settled(later, clock), clock)),
        [false, true],
    );
    // what nobody could compare is kept as it was
    assertEqual(keptLease(lease, at(201, 199, false)).usedAt, kept.usedAt);
});

test('[E7] a clock that is set to another time while the program runs changes nothing', () => {
    const lease = used(newLease(3), at(10).nowMs);
    const stepped = { nowMs: at(40).nowMs, wallMs: at(900).wallMs };
    assertEqual(isOver(settled(lease, stepped), stepped), false);
    const kept = keptLease(lease, stepped);
    // one that was set back says nothing: as if it were now
    const back = leaseOf(kept, false, at(45, 44));
    assertEqual(isOver(back, at(45, 44)), false);
    // the next script of the same process goes on by its monotonic clock
    assertEqual(leaseOf(kept, true, at(45)).usedMs, at(10).nowMs);
});
