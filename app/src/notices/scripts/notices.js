// The part of the account page that only a browser can do: asking it for the permission to show notices, and for the
// address at which the portal reaches it. Without this script the page offers neither.

const place = document.getElementById('push-here');
const form = document.getElementById('push-form');
const button = document.getElementById('push-start');

if (place && form && button) offer();

/** Shows exactly one of the sentences of the page. */
function say(what) {
  for (const line of place.querySelectorAll('[data-say]')) line.hidden = line.dataset.say !== what;
}

function offer() {
  if (!('serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window)) {
    say('unable');
    return;
  }
  if (Notification.permission === 'denied') {
    say('denied');
    return;
  }
  say('offer');
  button.hidden = false;
  button.addEventListener('click', async () => {
    button.disabled = true;
    say('asking');
    try {
      say(await begin());
    } catch {
      say('failed');
    }
    button.disabled = false;
  });
}

/** Subscribes and posts it to the portal, which answers with the page again. Else says why not. */
async function begin() {
  if ((await Notification.requestPermission()) !== 'granted') return 'denied';
  await navigator.serviceWorker.register('/service-worker.js');
  const worker = await navigator.serviceWorker.ready;
  // One that the portal does not know of may be somebody else's who used this browser.
  await (await worker.pushManager.getSubscription())?.unsubscribe();
  const subscription = await worker.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: place.dataset.key,
  });
  const { endpoint, keys } = subscription.toJSON();
  form.elements.endpoint.value = endpoint;
  form.elements.p256dh.value = keys.p256dh;
  form.elements.auth.value = keys.auth;
  form.submit();
  return 'asking';
}
