// Shows the notices that the portal sends to this browser, and opens the request of one that is pressed.
// It keeps nothing and answers no requests: pages come from the portal as ever.

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('push', (event) => {
  let notice = {};
  try {
    notice = event.data ? event.data.json() : {};
  } catch {
    // Not from the portal. Browsers want something shown for every message all the same.
  }
  const title = typeof notice.title === 'string' ? notice.title : 'Deskside';
  event.waitUntil(
    self.registration.showNotification(title, {
      body: typeof notice.body === 'string' ? notice.body : '',
      tag: typeof notice.tag === 'string' ? notice.tag : '',
      data: { url: ownAddress(notice.url) },
    }),
  );
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(ownAddress(event.notification.data?.url)));
});

/** An address of the portal, whatever was sent. */
function ownAddress(text) {
  const start = new URL('/', self.location.origin);
  try {
    const url = new URL(typeof text === 'string' ? text : '/', start);
    return url.origin === self.location.origin ? url.href : start.href;
  } catch {
    return start.href;
  }
}

async function open(url) {
  const windows = await self.clients.matchAll({ type: 'window' });
  const shown = windows.find((window) => window.url === url);
  if (shown) return shown.focus();
  return self.clients.openWindow(url);
}
