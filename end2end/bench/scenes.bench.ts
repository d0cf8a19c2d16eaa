// Typing, typing while text scrolls, and a still page, at two sizes.

import { claimed, launch, people } from '../parts/session.ts';
import { test } from '../parts/test.ts';
import { setTimeout as pause } from 'node:timers/promises';
import { keys, type Result } from './numbers.ts';
import { install, press, received, watch, type Answer } from './probe.ts';
import { secondsUsed } from './processor.ts';
import { answer, startAnswering, startScrolling } from './scene.ts';

const quick = Boolean(process.env.DESKSIDE_BENCH_QUICK);
const sizes = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
].slice(0, quick ? 1 : 2);
const scenes = ['still', 'typing', 'scrolling'].slice(0, quick ? 2 : 3);
const presses = quick ? 40 : 150;
const stillSeconds = quick ? 4 : 10;

for (const { width, height } of sizes) {
  for (const scene of scenes) {
    test(`${scene} at ${width}×${height}`, async ({ stage }, info) => {
      const portal = await stage.portal();
      const who = await people(portal);
      const device = await stage.linuxDevice(portal, who.emma, 'emma-linux', { width, height });
      const { operator, ...rest } = await claimed(stage, portal, who, device);
      await operator.setViewportSize({ width: width + 40, height: height + 160 });
      await install(operator);
      await startAnswering(device.desktop);
      if (scene === 'scrolling') await startScrolling(device.desktop);
      await launch({ operator, ...rest });
      await operator.goto(`${operator.url()}?timings=1`);
      await device.accept();
      await rest.viewer.says('Connected:', 30_000);
      await rest.viewer.shows(width, height);
      await rest.viewer.click(answer.x + answer.width / 2, answer.y + answer.height / 2);
      await watch(operator);

      const used = () => ({ agent: secondsUsed(device.agentPid), portal: secondsUsed(portal.pid) });
      const answers: Answer[] = [];
      if (scene !== 'still') for (let warming = 0; warming < 10; warming++) await press(operator);
      // The picture after a change is sharpened for a while; a still page is measured after that.
      else await pause(5_000);
      const [flowBefore, usedBefore] = [await received(operator), used()];
      if (scene === 'still') await pause(stillSeconds * 1000);
      else {
        for (let count = 0; count < presses; count++) {
          answers.push(await press(operator));
          await pause(120 + Math.random() * 60);
        }
      }
      const [flow, usedAfter] = [await received(operator), used()];
      const seconds = flow.seconds - flowBefore.seconds;
      const result: Result = {
        size: `${width}×${height}`,
        scene,
        keys: answers.length ? keys(answers) : undefined,
        framesPerSecond: (flow.frames - flowBefore.frames) / seconds,
        bytesPerSecond: (flow.bytes - flowBefore.bytes) / seconds,
        processor: {
          agent: ((usedAfter.agent - usedBefore.agent) / seconds) * 100,
          portal: ((usedAfter.portal - usedBefore.portal) / seconds) * 100,
        },
      };
      await info.attach('result', { body: JSON.stringify(result), contentType: 'application/json' });
    });
  }
}
