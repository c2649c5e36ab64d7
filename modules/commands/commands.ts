/** The commands of the camera and those of its application, loaded with the first one. */
import { type DeviceServices, deviceCommands } from 'ocellus/app/commands/device-commands';
import { type MediaServices, mediaCommands } from 'ocellus/app/commands/media-commands';
import { type PtzHandler, ptzCommand } from 'ocellus/app/commands/ptz';
import { CommandTable } from 'ocellus/app/commands/command-table';
import { isOpen } from 'ocellus/plane';

/** The table with the commands of the program. */
export class Commands extends CommandTable {
    /** Moves the camera; undefined: nothing does. */
    ptz: PtzHandler | undefined;

    constructor(services: DeviceServices & MediaServices) {
        super({
            ...mediaCommands(services),
            ...deviceCommands(services),
            ptz: ptzCommand(
                () => services.plane.channels().filter(isOpen),
                () => this.ptz,
            ),
        });
    }
}
