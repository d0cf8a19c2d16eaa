// The way to a session that most session tests begin with.

import type { Page } from '@playwright/test';
import { RequestForm } from '../pages/request-form.ts';
import { RequestPage } from '../pages/request.ts';
import { RequestList } from '../pages/requests.ts';
import { Viewer } from '../pages/viewer.ts';
import type { Device } from './linux-device.ts';
import type { Portal } from './portal.ts';
import type { Stage } from './test.ts';

export const subject = 'The printer prints nothing';

/** An employee and an operator, each in a browser, with a request between them. */
export interface Case {
  employee: Page;
  operator: Page;
  request: RequestPage;
  viewer: Viewer;
}

export async function people(portal: Portal) {
  return {
    emma: portal.addPerson('employee', 'emma', 'Emma Employee'),
    oscar: portal.addPerson('operator', 'oscar', 'Oscar Operator'),
  };
}

export type People = Awaited<ReturnType<typeof people>>;

/** Emma files a request for her device, and Oscar claims it. */
export async function claimed(stage: Stage, portal: Portal, { emma, oscar }: People, device: Device, reusable = false): Promise<Case> {
  const employee = await stage.signedIn(portal, emma);
  await file(employee, device.name, reusable);
  const operator = await stage.signedIn(portal, oscar);
  const list = new RequestList(operator);
  await list.openAll();
  await list.open(subject);
  const request = new RequestPage(operator);
  await request.press('Claim');
  await request.hasStatus('Assigned');
  return { employee, operator, request, viewer: new Viewer(operator) };
}

/** Files the usual request for a device, once that is known to be connected. */
export async function file(employee: Page, device: string, reusable = false): Promise<void> {
  await isOnline(employee, device);
  await employee.goto('/requests/new');
  const form = new RequestForm(employee);
  await form.fill({ subject, device, reusable });
  await form.file.click();
  await new RequestPage(employee).hasStatus('New');
}

/** Waits until the portal shows the device as online. */
export async function isOnline(employee: Page, device: string): Promise<void> {
  await employee.goto('/devices');
  await employee.getByRole('row').filter({ hasText: device }).getByText('online', { exact: true }).waitFor({ timeout: 30_000 });
}

/** Oscar launches the session; whoever is asked can answer now. */
export async function launch({ operator, request, viewer }: Case): Promise<void> {
  await request.press('Launch');
  await operator.waitForURL('**/sessions/*');
  await viewer.says('Waiting for Emma Employee to accept');
}

/** A session in which Oscar sees the device. */
export async function connected(stage: Stage, portal: Portal, who: People, device: Device, reusable = false): Promise<Case> {
  const scene = await claimed(stage, portal, who, device, reusable);
  await launch(scene);
  await device.accept();
  await scene.viewer.says('Connected:', 30_000);
  await scene.viewer.shows(1280, 800);
  return scene;
}

/** Oscar writes a line into an editor on the device and saves it; returns what the file then holds. */
export async function typed(scene: Case, device: Device, text: string): Promise<string> {
  const place = await device.openEditor();
  await scene.viewer.click(place.x, place.y);
  const keyboard = scene.operator.keyboard;
  await keyboard.type(text, { delay: 20 });
  await device.save((key) => keyboard.press(key));
  return device.savedText();
}
