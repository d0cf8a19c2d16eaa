// A browser that sends no UDP at all, as behind a strict firewall, while the portal allows every path.

import { chromium, switches } from '../../parts/browser.ts';
import { connected, people, typed } from '../../parts/session.ts';
import type { Device } from '../../parts/linux-device.ts';
import type { People } from '../../parts/session.ts';
import type { Portal } from '../../parts/portal.ts';
import { expect, test, type Stage } from '../../parts/test.ts';

test.use({
  launchOptions: { ...chromium.launchOptions, args: [...switches, '--webrtc-ip-handling-policy=disable_non_proxied_udp'] },
});

const devices = {
  Linux: (stage: Stage, portal: Portal, { emma }: People): Promise<Device> => stage.linuxDevice(portal, emma),
  Windows: (stage: Stage, portal: Portal, { emma }: People): Promise<Device> => stage.windowsDevice(portal, emma),
};

for (const [system, start] of Object.entries(devices)) {
  test(`a ${system} desktop is controlled without any UDP`, async ({ stage }) => {
    const portal = await stage.portal();
    const who = await people(portal);
    const device = await start(stage, portal, who);
    const scene = await connected(stage, portal, who, device);
    await scene.viewer.says('Connected: relay (TCP)');
    expect(await typed(scene, device, 'Not a single datagram.')).toBe('Not a single datagram.');
  });
}
