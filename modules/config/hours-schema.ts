/** What `privacy.schedule` may say. */
import { daysPattern, type Hours, timePattern } from 'ocellus/app/base/hours';
import { object, refuse, type Schema, text } from 'ocellus/app/config/schema';

const shape = object({
    days: text(daysPattern, 'daily, or days like mon-fri or sat,sun'),
    from: text(timePattern, 'a time from 00:00 to 23:59'),
    to: text(new RegExp(`${timePattern.source}|^24:00$`), 'a time from 00:00 to 24:00'),
});

/** One entry. */
export const hoursSchema: Schema<Hours> = {
    fields: shape.fields ?? {},
    allowed: shape.allowed,
    read(value: unknown, at: string): Hours {
        const { from, to, ...days } = shape.read(value, at);
        if (from === undefined || to === undefined || from === to) {
            throw refuse(at, value, 'different times for from and to');
        }
        return { ...days, from, to };
    },
};
