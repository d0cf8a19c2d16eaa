// Measures inside the page: when a key went down, and when its pixel had changed.

import type { Page } from '@playwright/test';

/** Milliseconds from key press to pixel, and the part of each stage. */
export interface Answer {
  total: number;
  /** Key event to the message on the data channel. */
  send?: number;
  /** Damage noticed to capture begun, capture, colours, encoder: on the device. */
  wait?: number;
  capture?: number;
  convert?: number;
  encode?: number;
  /** Both ways over the network, the input on the device, and its program's drawing. */
  travel?: number;
  decode?: number;
  /** Decoded to presented. */
  present?: number;
}

export interface Flow {
  seconds: number;
  frames: number;
  bytes: number;
}

declare global {
  interface Window {
    connections: RTCPeerConnection[];
    watchArea(): void;
    nextAnswer(): Promise<Answer>;
  }
}

/** Goes into the page before its own scripts. */
export async function install(page: Page): Promise<void> {
  await page.addInitScript(() => {
    window.connections = [];
    const Original = window.RTCPeerConnection;
    window.RTCPeerConnection = new Proxy(Original, {
      construct(target, given) {
        const connection = Reflect.construct(target, given) as RTCPeerConnection;
        window.connections.push(connection);
        return connection;
      },
    });
  });
}

/** Pixels at the upper left of the picture, in which only the answer to a key is drawn. */
const area = { width: 200, height: 80 };

/** Begins to look at the area. */
export async function watch(page: Page): Promise<void> {
  await page.evaluate(({ width, height }) => {
    // A tenth of one answer's four cells, summed over the green of all pixels.
    const enough = 20_000;
    const video = document.querySelector('video') as HTMLVideoElement;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d', { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
    const timings = new Map<number, Record<string, number>>();
    let down = 0;
    let sent = 0;
    let before = 0;
    let tell: ((answer: Answer) => void) | undefined;
    video.addEventListener('deskside-frame', (event) => {
      const timing = (event as CustomEvent<Record<string, number>>).detail;
      timings.set(timing.rtpTimestamp ?? 0, timing);
      if (timings.size > 200) timings.delete(timings.keys().next().value as number);
    });
    video.addEventListener('deskside-input', () => {
      if (down && !sent) sent = performance.now();
    });
    window.addEventListener(
      'keydown',
      (event) => {
        if (tell && !down) down = event.timeStamp;
      },
      true,
    );
    const green = (): number => {
      context.drawImage(video, 0, 0, width, height, 0, 0, width, height);
      return context.getImageData(0, 0, width, height).data.reduce((sum, value, index) => (index % 4 === 1 ? sum + value : sum), 0);
    };
    window.watchArea = () => {
      const look: VideoFrameRequestCallback = (now, frame) => {
        const shade = green();
        const shown = Math.max(now, frame.presentationTime);
        if (down && tell && Math.abs(shade - before) > enough) {
          const done = tell;
          const [began, left] = [down, sent];
          tell = undefined;
          // The device's own timing of this frame may arrive after it.
          setTimeout(() => done(measured(began, left, shown, frame, timings.get(frame.rtpTimestamp ?? -1))), 60);
        }
        video.requestVideoFrameCallback(look);
      };
      video.requestVideoFrameCallback(look);
    };
    window.nextAnswer = () => {
      down = 0;
      sent = 0;
      // A still desktop sends no frame, so that what is on the screen now is what was there before the key.
      before = green();
      return new Promise((done) => {
        tell = done;
      });
    };
    const measured = (
      began: number,
      left: number,
      shown: number,
      frame: VideoFrameCallbackMetadata,
      timing: Record<string, number> | undefined,
    ): Answer => {
      const answer: Answer = { total: shown - began };
      const received = frame.receiveTime;
      if (!left || !timing || received === undefined) return answer;
      const [wait, capture, convert, encode] = ['wait', 'capture', 'convert', 'encode'].map((stage) => (timing[stage] ?? 0) / 1000) as [number, number, number, number];
      const decode = (frame.processingDuration ?? 0) * 1000;
      return {
        ...answer,
        send: left - began,
        wait,
        capture,
        convert,
        encode,
        travel: received - left - wait - capture - convert - encode,
        decode,
        present: shown - received - decode,
      };
    };
  }, area);
  await page.evaluate(() => window.watchArea());
}

/** Presses a key and waits for its pixel. */
export async function press(page: Page): Promise<Answer> {
  const answer = await page.evaluateHandle(() => ({ arrives: window.nextAnswer() }));
  await page.keyboard.press('KeyX');
  return answer.evaluate(({ arrives }) => arrives);
}

/** Frames and bytes of video received so far. */
export async function received(page: Page): Promise<Flow> {
  return page.evaluate(async () => {
    const flow = { seconds: performance.now() / 1000, frames: 0, bytes: 0 };
    for (const connection of window.connections) {
      for (const entry of (await connection.getStats()).values()) {
        if (entry.type === 'inbound-rtp' && entry.kind === 'video') {
          flow.frames += entry.framesDecoded;
          flow.bytes += entry.bytesReceived + entry.headerBytesReceived;
        }
      }
    }
    return flow;
  });
}
