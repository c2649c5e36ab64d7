// For mcsim: a device that is nothing but a screen of 320 x 240 pixels.
import { ControlsColumn } from 'ControlsPane';
import { DeviceBehavior, DeviceContainer, DeviceScreen } from 'DevicePane';

const template = DeviceContainer.template(($) => ({
    Behavior: DeviceBehavior,
    contents: [DeviceScreen($, { left: 0, width: 320, top: 0, height: 240, rotation: 0 })],
}));

export default {
    applicationName: 'plain',
    title: 'Plain screen',
    Workers: {},
    ControlsTemplate: ControlsColumn.template(() => ({ contents: [] })),
    DeviceTemplates: { 0: template, 90: template, 180: template, 270: template },
};
